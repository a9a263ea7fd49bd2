using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace FlexCore.Infrastructure.Observability.Measured;

/// <summary>
/// Measures what goes through a port: how long each operation took its caller, and how it ended. What is slow is warned of from the same figures (<see cref="SlowOperations"/>). Everything that a driver does beneath it has spans and
/// metrics of its own.
/// </summary>
/// <param name="name">Of the port.</param>
internal sealed class MeasuredPort(string name)
{
    private static readonly Meter Meter = new("FlexCore.Ports");

    private static readonly Histogram<double> Duration = Meter.CreateHistogram(
        "port_operation_duration_seconds", "s", "How long operations of the runtime's ports took, by port, operation and how they ended.", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5] });

    /// <summary>Does something, and says how long it took.</summary>
    /// <param name="operation">What.</param>
    /// <param name="work">Does it.</param>
    public async ValueTask<T> MeasureAsync<T>(string operation, Func<ValueTask<T>> work)
    {
        var (began, outcome) = (Stopwatch.GetTimestamp(), "failed");
        try
        {
            var result = await work();
            outcome = "succeeded";
            return result;
        }
        catch (OperationCanceledException)
        {
            outcome = "cancelled";
            throw;
        }
        finally
        {
            Duration.Record(Stopwatch.GetElapsedTime(began).TotalSeconds, new TagList { { "port", name }, { "operation", operation }, { "outcome", outcome } });
        }
    }

    /// <inheritdoc cref="MeasureAsync{T}(string, Func{ValueTask{T}})"/>
    public async ValueTask MeasureAsync(string operation, Func<ValueTask> work)
    {
        await MeasureAsync<bool>(operation, DoAsync);

        async ValueTask<bool> DoAsync()
        {
            await work();
            return true;
        }
    }

    /// <inheritdoc cref="MeasureAsync{T}(string, Func{ValueTask{T}})"/>
    public Task<T> MeasureAsync<T>(string operation, Func<Task<T>> work) => MeasureAsync(operation, () => new ValueTask<T>(work())).AsTask();

    /// <inheritdoc cref="MeasureAsync{T}(string, Func{ValueTask{T}})"/>
    public Task MeasureAsync(string operation, Func<Task> work) => MeasureAsync(operation, () => new ValueTask(work())).AsTask();
}
