using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text.Json;
using FlexCore.Application.Ports;
using FlexCore.Domain.Errors;

namespace FlexCore.Infrastructure.Tests.Observability;

public sealed class MeasuredPortTests
{
    [Fact]
    public async Task Each_operation_is_measured_with_how_it_ended()
    {
        var token = TestContext.Current.CancellationToken;
        using var folder = new DataFolder();
        await using var module = await folder.OpenAsync();
        var seen = new ConcurrentQueue<string>();
        using var listener = new MeterListener { InstrumentPublished = (instrument, self) => { if (instrument.Name == "port_operation_duration_seconds") self.EnableMeasurementEvents(instrument); } };
        listener.SetMeasurementEventCallback<double>((_, seconds, tags, _) =>
        {
            if (seconds > 0) seen.Enqueue(string.Join(' ', tags.ToArray().Select(tag => tag.Value)));
        });
        listener.Start();

        await module.Catalog.WriteAsync("connection", "shop", JsonElement.Parse("{}"), expected: null, EventContext.New(Guid.CreateVersion7()), token);
        await Should.ThrowAsync<FlexCoreException>(async () => await module.Catalog.WriteAsync("connection", "shop", JsonElement.Parse("{}"), expected: "other", EventContext.New(Guid.CreateVersion7()), token));
        await Should.ThrowAsync<OperationCanceledException>(async () => await module.Queue.ListNodesAsync(new CancellationToken(canceled: true)));

        // Others measure at the same time.
        seen.ShouldContain("catalog write succeeded");
        seen.ShouldContain("catalog write failed");
        seen.ShouldContain("run-queue list-nodes cancelled");
    }
}
