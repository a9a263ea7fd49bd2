using System.Collections.Concurrent;
using System.Data.Common;
using System.Diagnostics;
using System.Net.NetworkInformation;
using FlexCore.EventStore.Tests.Conformance;
using FlexCore.Testing;
using Npgsql;

namespace FlexCore.EventStore.Tests.Postgres;

/// <summary>What the store makes of a server, a network and a disk that fail.</summary>
public sealed class Faults
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Killed_server_loses_nothing_that_was_acknowledged_to_any_of_its_writers()
    {
        var (kills, writers) = Environment.GetEnvironmentVariable("FLEXCORE_LONG") is null ? (2, 3) : (10, 8);
        await using var server = await PostgresServer.StartAsync();
        var address = $"{server.ConnectionString}|{PostgresEventStore.DefaultSchema}";
        var acknowledged = new ConcurrentQueue<Guid>();
        var processes = Enumerable.Range(0, writers).Select(i => WriterProcess.Start(address, $"{i}", int.MaxValue)).ToList();
        var reading = Task.WhenAll(processes.Select(async writer =>
        {
            while (await writer.StandardOutput.ReadLineAsync(Token) is { } line)
            {
                if (Guid.TryParse(line, out var id)) acknowledged.Enqueue(id);
            }
        }));
        for (var kill = 0; kill < kills; kill++)
        {
            await UntilAsync(() => acknowledged.Count, acknowledged.Count + 500);
            await server.KillAsync();
            await server.StartAgainAsync();
        }

        await UntilAsync(() => acknowledged.Count, acknowledged.Count + 500);
        foreach (var writer in processes) writer.Kill();
        await reading;
        processes.ForEach(writer => writer.Dispose());

        await using var store = await PostgresEventStore.OpenAsync(server.ConnectionString, TimeProvider.System, cancellationToken: Token);
        var log = await store.ReadLogAsync(0, int.MaxValue, new LogFilter(), Token);
        Sound.ShouldBeSound(log);
        var present = log.Select(e => e.Id).ToHashSet();
        acknowledged.Where(id => !present.Contains(id)).ShouldBeEmpty();
        log.Count.ShouldBeInRange(acknowledged.Count, acknowledged.Count + writers);
    }

    [Fact]
    public async Task Append_whose_answer_was_lost_is_there_once_and_its_caller_gets_the_answer()
    {
        var server = new NpgsqlConnectionStringBuilder(PostgresFixture.ConnectionString);
        await using var proxy = new CuttingProxy(server.Port);
        server.Port = proxy.Port;
        await using var store = await PostgresEventStore.OpenAsync(server.ConnectionString, TimeProvider.System, "lost_answer", cancellationToken: Token);
        await store.AppendAsync(Some.Append("run-1", Some.Events(1)), Token);
        for (var i = 1; i <= 5; i++)
        {
            proxy.CutNextAnswer();
            StreamAppend[] appends = i % 2 == 0
                ? [new("run-1", ExpectedVersion.Exact(i), Some.Events(1))]
                : [new("run-1", ExpectedVersion.Exact(i), Some.Events(1)), Some.Append("state-1", Some.Events(1))];

            (await store.AppendAsync(appends, Token)).StreamVersions[0].ShouldBe(i + 1);

            proxy.Cuts.ShouldBe(i);
        }

        var log = await store.ReadLogAsync(0, int.MaxValue, new LogFilter(), Token);
        log.Count.ShouldBe(9);
        Sound.ShouldBeSound(log);
    }

    [Fact]
    public async Task Connection_that_is_lost_while_nobody_appends_costs_no_append()
    {
        var server = new NpgsqlConnectionStringBuilder(PostgresFixture.ConnectionString) { KeepAlive = 1 };
        await using var proxy = new CuttingProxy(server.Port);
        server.Port = proxy.Port;
        await using var store = await PostgresEventStore.OpenAsync(server.ConnectionString, TimeProvider.System, "lost_idle", cancellationToken: Token);
        await store.AppendAsync(Some.Append("run-1", Some.Events(1)), Token);

        // Asked now and then, the connection is found dead and closed by its owner.
        proxy.CutNextAnswer();
        await Eventually.TrueAsync(() => proxy.Cuts == 1, "the connection was cut while nobody used it");
        await Eventually.TrueAsync(() => !HasConnectionTo(proxy.Port), "its owner has noticed");

        (await store.AppendAsync([new("run-1", ExpectedVersion.Exact(1), Some.Events(1))], Token)).StreamVersions[0].ShouldBe(2);

        static bool HasConnectionTo(int port) => IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpConnections().Any(
            connection => connection.RemoteEndPoint.Port == port && connection.State is TcpState.Established or TcpState.CloseWait);
    }

    [Fact]
    public async Task Change_whose_answer_was_lost_is_made_once()
    {
        var server = new NpgsqlConnectionStringBuilder(PostgresFixture.ConnectionString);
        await using var proxy = new CuttingProxy(server.Port);
        server.Port = proxy.Port;
        await using var store = await PostgresEventStore.OpenAsync(server.ConnectionString, TimeProvider.System, "lost_change", cancellationToken: Token);
        await store.UseTablesAsync((connection, token) => ExecuteAsync(connection, "CREATE TABLE counters (n bigint); INSERT INTO counters VALUES (0)", token), Token);
        for (var i = 1; i <= 5; i++)
        {
            proxy.CutNextAnswer();

            await store.AppendAsync([Some.Append("run-1", Some.Events(1))], [new("UPDATE counters SET n = n + 1 RETURNING n", [], MustMatch: true)], Token);

            proxy.Cuts.ShouldBe(i);
        }

        (await store.UseTablesAsync((connection, token) => ExecuteAsync(connection, "SELECT n FROM counters", token), Token)).ShouldBe(5L);

        static async ValueTask<object?> ExecuteAsync(DbConnection connection, string sql, CancellationToken cancellationToken)
        {
            await using var command = connection.CreateCommand();
            command.CommandText = sql;
            return await command.ExecuteScalarAsync(cancellationToken);
        }
    }

    [Fact]
    public async Task Store_whose_server_was_killed_is_not_healthy_and_says_why()
    {
        await using var server = await PostgresServer.StartAsync();
        await using var store = await PostgresEventStore.OpenAsync(server.ConnectionString, TimeProvider.System, cancellationToken: Token);
        (await EventStoreHealth.CheckAsync(store, Token)).IsHealthy.ShouldBeTrue();
        using var spans = new Spans();
        using var caller = new Activity("caller").Start();

        await server.KillAsync();
        var reading = Should.ThrowAsync<EventStoreUnavailableException>(async () => await store.ReadStreamAsync("run-1", cancellationToken: Token));
        var health = await EventStoreHealth.CheckAsync(store, Token);
        await reading;

        health.IsHealthy.ShouldBeFalse();
        health.Error.ShouldNotBeNull().ShouldContain("the server cannot be reached");
        health.LastPosition.ShouldBeNull();
        var read = spans.ReadsUnder(caller).ShouldHaveSingleItem();
        (read.Status, read.StatusDescription).ShouldBe((ActivityStatusCode.Error, EventStoreUnavailableException.CannotOpen));
    }

    [Fact]
    public async Task Server_that_is_not_there_is_FX3003_without_the_password()
    {
        var failure = await Should.ThrowAsync<EventStoreUnavailableException>(async () =>
            await PostgresEventStore.OpenAsync("Host=127.0.0.1;Port=1;Database=d;Username=u;Password=canary-1", TimeProvider.System, cancellationToken: Token));

        failure.Code.ShouldBe(EventStoreUnavailableException.CannotOpen);
        failure.Message.ShouldContain("127.0.0.1:1/d");
        failure.ToString().ShouldNotContain("canary");
        var garbage = await Should.ThrowAsync<EventStoreUnavailableException>(async () => await PostgresEventStore.OpenAsync("Password=canary-1;Nonsense=1", TimeProvider.System, cancellationToken: Token));
        garbage.ToString().ShouldNotContain("canary");
    }

    [Fact]
    public async Task Full_disk_is_FX3004_and_the_store_works_again_once_there_is_space()
    {
        var folder = Directory.CreateTempSubdirectory("flexcore-space-").FullName;
        await using var disk = await SmallDisk.Mount(folder);
        using (var chown = Process.Start("chown", ["-R", "postgres", folder])) await chown.WaitForExitAsync(Token);
        var ballast = Path.Combine(folder, "ballast");
        await File.WriteAllBytesAsync(ballast, new byte[512 * 1024], Token);
        await using var server = await PostgresServer.StartAsync();
        await using var store = await PostgresEventStore.OpenAsync(server.ConnectionString, TimeProvider.System, cancellationToken: Token);
        await using var admin = NpgsqlDataSource.Create(server.ConnectionString);
        await using (var tablespace = admin.CreateCommand($"CREATE TABLESPACE small LOCATION '{folder}'")) await tablespace.ExecuteNonQueryAsync(Token);
        await using (var move = admin.CreateCommand($"ALTER TABLE {PostgresEventStore.DefaultSchema}.events SET TABLESPACE small")) await move.ExecuteNonQueryAsync(Token);
        var acknowledged = 0;
        async Task FillAsync()
        {
            for (; ; acknowledged++) await store.AppendAsync(Some.Append("run-1", Some.Event(data: Convert.ToHexString(RandomBytes(1500)))), Token);
        }

        (await Should.ThrowAsync<EventStoreUnavailableException>(FillAsync)).Code.ShouldBe(EventStoreUnavailableException.DiskFull);

        (await store.GetLastPositionAsync(Token)).ShouldBe(acknowledged);
        File.Delete(ballast);
        (await store.AppendAsync(Some.Append("run-1", Some.Events(1)), Token)).LastPosition.ShouldBe(acknowledged + 1);
        Sound.ShouldBeSound(await store.ReadLogAsync(0, int.MaxValue, new LogFilter(), Token));
    }

    private static byte[] RandomBytes(int count)
    {
        var bytes = new byte[count];
        Random.Shared.NextBytes(bytes);
        return bytes;
    }

    private static async Task UntilAsync(Func<int> value, int atLeast)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        while (value() < atLeast) await Task.Delay(20, limit.Token);
    }
}
