using System.Diagnostics;
using System.Globalization;
using FlexCore.Application.Bus;
using FlexCore.Application.Ports;
using FlexCore.Application.Runs;
using FlexCore.Application.Settings;
using FlexCore.Domain.Runs;
using FlexCore.Infrastructure;

// Queues runs of a pipeline that is on record, and waits until nodes, which somebody else starts, have run them all.
// queue DATA CONNECTION PIPELINE COUNT       puts so many into the queue
// drain DATA CONNECTION                      waits until the queue is empty, and says how long that took
// latency DATA CONNECTION PIPELINE COUNT     one after the other: from the wish to the end on record
var (verb, data, connection) = (args[0], args[1], args[2]);
var settings = ProjectSettings.Read([new Setting("store.kind", "postgres", "store.kind"), new Setting("store.connection", connection, "store.connection")]).Value;
await using var module = await InfrastructureModule.OpenAsync(data, settings, TimeProvider.System, CancellationToken.None);
var start = new StartPipelineHandler(module.Log, module.Queue, new QueueCap(module.Queue, settings.Queue.Cap, TimeProvider.System), TimeProvider.System);
var caller = new Caller("bench");
var none = new Dictionary<string, string>(StringComparer.Ordinal);
switch (verb)
{
    case "queue":
    {
        var count = int.Parse(args[4], CultureInfo.InvariantCulture);
        var began = Stopwatch.GetTimestamp();
        await Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (_, token) => await QueueAsync(args[3], token));
        Say($"queued {count / Stopwatch.GetElapsedTime(began).TotalSeconds:0} runs/s");
        break;
    }

    case "drain":
    {
        var total = await module.Queue.CountWaitingAsync(CancellationToken.None);
        while (await module.Queue.CountWaitingAsync(CancellationToken.None) == total) await Task.Delay(5);
        var began = Stopwatch.GetTimestamp();
        while ((await module.Queue.ListAsync(pipeline: null, limit: 1, CancellationToken.None)).Count > 0) await Task.Delay(20);
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        Say($"{total} runs in {seconds:0.00} s: {total / seconds:0} runs/s");
        break;
    }

    case "latency":
    {
        var count = int.Parse(args[4], CultureInfo.InvariantCulture);
        var times = new List<double>();
        for (var i = 0; i < count; i++)
        {
            await Task.Delay(50);
            var began = Stopwatch.GetTimestamp();
            var run = await QueueAsync(args[3], CancellationToken.None);
            while (await module.Log.ReadLastAsync($"run-{run}", CancellationToken.None) is not { Event: PipelineCompleted }) await Task.Yield();
            times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }

        times.Sort();
        Say($"from the wish to its end: p50 {times[times.Count / 2]:0.0} ms, p95 {times[times.Count * 95 / 100]:0.0} ms");
        break;
    }
}

async Task<Guid> QueueAsync(string pipeline, CancellationToken token) =>
    (await start.HandleAsync(new StartPipeline(pipeline, none, RunTrigger.Manual), caller, token)).Value;

static void Say(string text) => Console.WriteLine(text);
