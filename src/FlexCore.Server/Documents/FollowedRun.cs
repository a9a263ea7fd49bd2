using System.Runtime.CompilerServices;
using System.Threading.Channels;
using FlexCore.Application.Bus;
using FlexCore.Application.Runs;
using FlexCore.Client;
using FlexCore.Domain.Errors;

namespace FlexCore.Server.Documents;

/// <summary>What is told of a run, one after the other.</summary>
public static class FollowedRun
{
    // Progress and log lines may be lost; whoever is slow hears less of them, and no memory is spent on it.
    private const int MostWaiting = 1_000;

    /// <summary>Follows a run to its end.</summary>
    /// <param name="bus">Whom to ask.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="run">The run.</param>
    /// <param name="cancellationToken">Stops the listening; the run goes on.</param>
    /// <exception cref="FlexCoreException">There is no such run, or the caller may not look.</exception>
    public static async IAsyncEnumerable<RunNews> FollowAsync(MessageBus bus, Caller caller, Guid run, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var news = Channel.CreateUnbounded<RunNews>();
        using var abandoned = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var watching = WatchAsync();
        try
        {
            await foreach (var item in news.Reader.ReadAllAsync(cancellationToken)) yield return item;
            var ended = await watching;
            if (!ended.IsSuccess) throw new FlexCoreException(ended.Errors);
        }
        finally
        {
            await abandoned.CancelAsync();
            await ((Task)watching).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        async Task<Result<Domain.Runs.RunState>> WatchAsync()
        {
            try
            {
                return await bus.SendAsync(new WatchRun(run, new RunNewsWriter(Tell)), caller, abandoned.Token);
            }
            finally
            {
                news.Writer.TryComplete();
            }
        }

        void Tell(RunNews item)
        {
            if (item.IsLasting || news.Reader.Count < MostWaiting) news.Writer.TryWrite(item);
        }
    }
}
