using System.Diagnostics;
using System.Globalization;
using Npgsql;
using NpgsqlTypes;

namespace FlexCore.EventStore.Benchmarks;

/// <summary>What the database itself can do with the same table: the limits that the store is measured against.</summary>
internal sealed class Limits(NpgsqlDataSource database, string connectionString, string workFolder)
{
    private const string Columns = "(position, version, id, created_at, stream_id, event_type, event_data, metadata)";

    /// <summary>pgbench with one insert a transaction.</summary>
    public Task<Measured> PgbenchAsync(int clients) => PgbenchAsync(
        connectionString, clients, 1, $"INSERT INTO events {Columns} VALUES (nextval('positions'), 1, gen_random_uuid(), now(), 'run-' || gen_random_uuid(), '{Sample.Type}', '{Sample.Data}', '{Sample.Metadata}');");

    /// <summary>pgbench with one insert of 100 rows a transaction, made in the server.</summary>
    public Task<Measured> PgbenchHundredAsync(int clients) => PgbenchAsync(
        connectionString, clients, 100, $"INSERT INTO events {Columns} SELECT nextval('positions'), n, gen_random_uuid(), now(), 'run-' || g.id, '{Sample.Type}', '{Sample.Data}', '{Sample.Metadata}' FROM gen_random_uuid() g(id), generate_series(1, 100) n;");

    /// <summary>Any statement by pgbench, each in a transaction of its own.</summary>
    public async Task<Measured> PgbenchAsync(string connection, int clients, int eventsEach, string sql)
    {
        await EmptyAsync();
        var script = Path.Combine(workFolder, "pgbench.sql");
        await File.WriteAllTextAsync(script, sql);
        var server = new NpgsqlConnectionStringBuilder(connection);
        var start = new ProcessStartInfo("pgbench", ["-n", "-M", "prepared", "-T", "3", "-c", $"{clients}", "-j", clients == 1 ? "1" : "2", "-f", script, server.Database!])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            Environment = { ["PGHOST"] = server.Host, ["PGPORT"] = $"{server.Port}", ["PGUSER"] = server.Username, ["PGOPTIONS"] = $"-c search_path={server.SearchPath}" },
        };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException($"pgbench: {await error}");
        return Measured.Of(double.Parse(output.Split("tps = ")[1].Split(' ')[0], CultureInfo.InvariantCulture) * eventsEach);
    }

    /// <summary>The same insert through Npgsql, prepared, each writer with a connection of its own.</summary>
    public async Task<Measured> NpgsqlAsync(int writers)
    {
        await EmptyAsync();
        var commands = new NpgsqlCommand[writers];
        for (var i = 0; i < writers; i++)
        {
            var connection = await database.OpenConnectionAsync();
            commands[i] = new NpgsqlCommand($"INSERT INTO events {Columns} VALUES (nextval('positions'), 1, $1, $2, $3, $4, $5, $6)", connection)
            {
                Parameters =
                {
                    new NpgsqlParameter<Guid> { NpgsqlDbType = NpgsqlDbType.Uuid }, new NpgsqlParameter<DateTime> { NpgsqlDbType = NpgsqlDbType.TimestampTz },
                    new NpgsqlParameter<string> { NpgsqlDbType = NpgsqlDbType.Text }, new NpgsqlParameter<string> { NpgsqlDbType = NpgsqlDbType.Text, TypedValue = Sample.Type },
                    new NpgsqlParameter<byte[]> { NpgsqlDbType = NpgsqlDbType.Bytea, TypedValue = Sample.DataBytes }, new NpgsqlParameter<byte[]> { NpgsqlDbType = NpgsqlDbType.Bytea, TypedValue = Sample.MetadataBytes },
                },
            };
            await commands[i].PrepareAsync();
        }

        var measured = await Load.RunAsync(writers, 1, async writer =>
        {
            var command = commands[writer];
            ((NpgsqlParameter<Guid>)command.Parameters[0]).TypedValue = Guid.CreateVersion7();
            ((NpgsqlParameter<DateTime>)command.Parameters[1]).TypedValue = TimeProvider.System.GetUtcNow().UtcDateTime;
            ((NpgsqlParameter<string>)command.Parameters[2]).TypedValue = Sample.NewStream();
            await command.ExecuteNonQueryAsync();
        });
        foreach (var command in commands) await command.Connection!.DisposeAsync();
        return measured;
    }

    /// <summary>Binary COPY through Npgsql into the empty table with its indexes.</summary>
    public async Task<Measured> CopyAsync(IReadOnlyList<RecordedEvent> events)
    {
        await EmptyAsync();
        return await Load.TimeAsync(async () =>
        {
            await using var connection = await database.OpenConnectionAsync();
            await using var writer = await connection.BeginBinaryImportAsync($"COPY events {Columns} FROM STDIN (FORMAT BINARY)");
            foreach (var item in events)
            {
                await writer.StartRowAsync();
                await writer.WriteAsync(item.Position, NpgsqlDbType.Bigint);
                await writer.WriteAsync(item.Version, NpgsqlDbType.Bigint);
                await writer.WriteAsync(item.Id, NpgsqlDbType.Uuid);
                await writer.WriteAsync(item.RecordedAt.UtcDateTime, NpgsqlDbType.TimestampTz);
                await writer.WriteAsync(item.StreamId, NpgsqlDbType.Text);
                await writer.WriteAsync(item.Type, NpgsqlDbType.Text);
                await writer.WriteAsync(item.Data, NpgsqlDbType.Bytea);
                await writer.WriteAsync(item.Metadata, NpgsqlDbType.Bytea);
            }

            return (long)await writer.CompleteAsync();
        });
    }

    /// <summary>All columns of one stream's rows, again and again for some seconds.</summary>
    public async Task<Measured> ReadStreamsAsync(IReadOnlyList<string> streams)
    {
        await using var connection = await database.OpenConnectionAsync();
        await using var command = new NpgsqlCommand("SELECT * FROM events WHERE stream_id = $1 AND version >= 1 ORDER BY version", connection)
        {
            Parameters = { new NpgsqlParameter<string> { NpgsqlDbType = NpgsqlDbType.Text } },
        };
        await command.PrepareAsync();
        var next = 0;
        return await Load.RunAsync(1, 1000, async _ =>
        {
            ((NpgsqlParameter<string>)command.Parameters[0]).TypedValue = streams[next++ % streams.Count];
            await ReadRowsAsync(command);
        });
    }

    /// <summary>All columns of all rows, in pages of 5,000.</summary>
    public async Task<Measured> ReplayAsync() => await Load.TimeAsync(async () =>
    {
        await using var connection = await database.OpenConnectionAsync();
        await using var command = new NpgsqlCommand("SELECT * FROM events WHERE position > $1 ORDER BY position LIMIT 5000", connection)
        {
            Parameters = { new NpgsqlParameter<long> { NpgsqlDbType = NpgsqlDbType.Bigint } },
        };
        await command.PrepareAsync();
        for (var position = 0L; ;)
        {
            ((NpgsqlParameter<long>)command.Parameters[0]).TypedValue = position;
            var count = await ReadRowsAsync(command);
            if (count == 0) return position;
            position += count;
        }
    });

    public async Task EmptyAsync()
    {
        await using var command = database.CreateCommand("TRUNCATE events");
        await command.ExecuteNonQueryAsync();
        await using var checkpoint = database.CreateCommand("CHECKPOINT");
        await checkpoint.ExecuteNonQueryAsync();
    }

    private static async Task<int> ReadRowsAsync(NpgsqlCommand command)
    {
        await using var row = await command.ExecuteReaderAsync();
        var count = 0;
        while (await row.ReadAsync())
        {
            count++;
            _ = (row.GetInt64(0), row.GetInt64(1), row.GetGuid(2), row.GetDateTime(3), row.GetString(4), row.GetString(5), row.GetFieldValue<byte[]>(6), row.GetFieldValue<byte[]>(7));
        }

        return count;
    }
}
