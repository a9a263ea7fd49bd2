using System.Diagnostics;
using System.Globalization;
using FlexCore.Application.Bus;
using FlexCore.Application.Runs;
using FlexCore.Application.Settings;
using FlexCore.Domain.Access;
using FlexCore.Domain.Runs;
using FlexCore.Infrastructure;
using FlexCore.Orchestration.Benchmarks;

// Queues runs of a pipeline that is on record, and waits until nodes, which somebody else starts, have run them.
// queue DATA CONNECTION PIPELINE COUNT    puts so many into the queue
// drain DATA CONNECTION                   waits until the queue is empty: how long from the first claim
// alone DATA CONNECTION PIPELINE COUNT    one after the other: from the wish to its end on record
// burst DATA CONNECTION PIPELINE COUNT    all wished for at once
// webhooks DATA CONNECTION URL SECRET RATE SECONDS   messages at a steady rate, whatever the answers: from when each was due to the end of its run on record
var (verb, data, connection) = (args[0], args[1], args[2]);
var settings = ProjectSettings.Read([new Setting("store.kind", "postgres", "store.kind"), new Setting("store.connection", connection, "store.connection")]).Value;
await using var module = await InfrastructureModule.OpenAsync(data, settings, TimeProvider.System, CancellationToken.None);
var start = new StartPipelineHandler(module.Log, module.Queue, new QueueCap(module.Queue, () => settings.Queue.Cap, TimeProvider.System), TimeProvider.System);
var caller = new Caller("bench", Role.Operator);
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

    case "alone":
        {
            var count = int.Parse(args[4], CultureInfo.InvariantCulture);
            var times = new List<double>();
            using var ends = new Ends(module.Log, await LastPositionAsync());
            for (var i = -count / 2; i < count; i++)
            {
                await Task.Delay(20);
                var began = Stopwatch.GetTimestamp();
                await ends.OfAsync(await QueueAsync(args[3], CancellationToken.None));
                if (i >= 0) times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            }

            Say($"alone {Percentiles(times)}");
            break;
        }

    case "burst":
        {
            var count = int.Parse(args[4], CultureInfo.InvariantCulture);
            using var ends = new Ends(module.Log, await LastPositionAsync());
            var began = Stopwatch.GetTimestamp();
            await Task.WhenAll(Enumerable.Range(0, count).Select(async _ => await ends.OfAsync(await QueueAsync(args[3], CancellationToken.None))));
            Say($"{count} at once {count / Stopwatch.GetElapsedTime(began).TotalSeconds:0} runs/s");
            break;
        }

    case "webhooks":
        {
            using var ends = new Ends(module.Log, await LastPositionAsync());
            using var sender = new WebhookSender(new Uri(args[3]), args[4]);
            var (rate, seconds) = (int.Parse(args[5], CultureInfo.InvariantCulture), int.Parse(args[6], CultureInfo.InvariantCulture));
            await MeasureAsync(rate * 5); // what comes first is compiled on the way
            Say($"{rate}/s for {seconds} s: {Percentiles(await MeasureAsync(rate * seconds))}");
            break;

            async Task<List<double>> MeasureAsync(int count)
            {
                var began = Stopwatch.GetTimestamp();
                var sending = new List<Task<double>>();
                for (var i = 0; i < count; i++)
                {
                    var due = TimeSpan.FromSeconds((double)i / rate);
                    while (Stopwatch.GetElapsedTime(began) < due) await Task.Delay(1);
                    sending.Add(SendAsync(due));
                }

                return [.. await Task.WhenAll(sending)];

                async Task<double> SendAsync(TimeSpan due)
                {
                    await ends.OfAsync(await sender.SendAsync());
                    return (Stopwatch.GetElapsedTime(began) - due).TotalMilliseconds;
                }
            }
        }
}

async Task<long> LastPositionAsync() => await module.Log.WaitForEventsAsync(0, CancellationToken.None);

async Task<Guid> QueueAsync(string pipeline, CancellationToken token) =>
    (await start.HandleAsync(new StartPipeline(pipeline, none, RunTrigger.Manual), caller, token)).Value;

static void Say(string text) => Console.WriteLine(text);

static string Percentiles(List<double> times)
{
    times.Sort();
    return $"p50 {times[times.Count / 2]:0.0} ms, p95 {times[times.Count * 95 / 100]:0.0} ms";
}
