using System.Diagnostics;
using System.Text;
using FlexCore.Infrastructure.Persistence;
using FlexCore.Infrastructure.Postgres;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace FlexCore.Clients.Benchmarks;

/// <summary>What a caller waits for of stores with 10,000 entities.</summary>
internal static class EntityStores
{
    private const int All = 10_000;
    private const int Questions = 300;
    private const string Kind = "connection";

    public static async Task RunAsync(string postgres, int rounds)
    {
        var folder = Directory.CreateTempSubdirectory("flexcore-persistence-");
        var settings = new Dictionary<string, string?>(StringComparer.Ordinal) { ["FlexCore:Postgres:Connection"] = postgres };
        await using var program = new ServiceCollection().AddFlexCorePostgres(new ConfigurationBuilder().AddInMemoryCollection(settings).Build()).BuildServiceProvider();
        (string Name, IEntityStore Store)[] stores =
        [
            ("JSON file", new JsonFileStore(Path.Combine(folder.FullName, "entities.json"), TimeProvider.System)),
            ("JSON folder", new JsonFolderStore(Path.Combine(folder.FullName, "entities"), TimeProvider.System)),
            ("SQLite", new SqliteEntityStore(Path.Combine(folder.FullName, "entities.db"))),
            ("PostgreSQL", new PostgresEntityStore(program.GetRequiredService<PostgresClient>())),
        ];
        try
        {
            foreach (var (_, store) in stores) await FillAsync(store);
            var some = Specification.All(Specification.Field("team").Is("team 3"), Specification.Field("port").IsAtLeast(1));
            (string Name, Func<IEntityStore, string, Task> Ask)[] questions =
            [
                ("get", async (store, id) => _ = await store.FindAsync(Kind, id, CancellationToken.None) ?? throw new InvalidOperationException(id)),
                ("page of 100", (store, id) => store.ListAsync(new EntityQuery(Kind) { After = id }, CancellationToken.None).AsTask()),
                ("page of 100 where", (store, id) => store.ListAsync(new EntityQuery(Kind) { After = id, Where = some }, CancellationToken.None).AsTask()),
            ];
            foreach (var (question, ask) in questions)
            {
                foreach (var (name, store) in stores) await MeasureAsync($"{name}: {question}", rounds, id => ask(store, id));
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task FillAsync(IEntityStore store)
    {
        foreach (var numbers in Enumerable.Range(0, All).Chunk(1000)) await store.CommitAsync([.. numbers.Select(number => EntityChange.Create(Sample(number)))], CancellationToken.None);
    }

    private static Entity Sample(int number) => Entity.Create(
        Kind,
        IdOf(number),
        Encoding.UTF8.GetBytes($$$"""{"host":"db-{{{number}}}.example.com","port":{{{5432 + (number % 7)}}},"team":"team {{{number % 10}}}","password":"${secret.db_{{{number}}}}","tls":{"verify":true,"ca":"/etc/ssl/ca.pem"},"labels":["a","b"]}"""));

    private static string IdOf(int number) => $"db-{number:00000}";

    private static async Task MeasureAsync(string name, int rounds, Func<string, Task> ask)
    {
        var places = new Random(1);
        var (medians, worst) = (new List<double>(), 0.0);
        for (var round = 0; round <= rounds; round++)
        {
            var times = new double[Questions];
            for (var question = 0; question < Questions; question++)
            {
                var began = Stopwatch.GetTimestamp();
                await ask(IdOf(places.Next(All - 200)));
                times[question] = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
            }

            // The first round warms up.
            if (round == 0) continue;
            Array.Sort(times);
            medians.Add(times[Questions / 2]);
            worst = Math.Max(worst, times[Questions * 99 / 100]);
        }

        medians.Sort();
        Console.WriteLine(FormattableString.Invariant($"{name}: {medians[medians.Count / 2]:0.00} ms ({medians[0]:0.00} to {medians[^1]:0.00}), 99 of 100 within {worst:0.00} ms"));
    }
}
