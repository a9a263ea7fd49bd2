using System.ComponentModel;
using System.Diagnostics;
using FlexCore.Application.Settings;
using FlexCore.Domain.Errors;
using Npgsql;

namespace FlexCore.Infrastructure.Backup;

/// <summary>The tables of a schema on PostgreSQL as a file, by PostgreSQL's own programs.</summary>
internal static class PostgresDump
{
    /// <summary>The name of the file in a backup.</summary>
    public const string FileName = "postgres.dump";

    // What was erased must not come back with a backup: the keys of personal data have copies of their own, or none.
    private const string SubjectKeys = "subject_keys";

    /// <summary>Writes it, as of one moment, while the schema is used.</summary>
    public static Task WriteAsync(StoreSettings store, string file, CancellationToken cancellationToken) =>
        RunAsync(store, "pg_dump", ["--format=custom", $"--schema={store.Schema}", $"--exclude-table-data={store.Schema}.{SubjectKeys}", "--no-owner", "--no-privileges", $"--file={file}"], cancellationToken);

    /// <summary>Makes the schema of it, in one transaction.</summary>
    public static Task ReadAsync(StoreSettings store, string file, CancellationToken cancellationToken) =>
        RunAsync(store, "pg_restore", ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", $"--dbname={new NpgsqlConnectionStringBuilder(store.Connection).Database}", file], cancellationToken);

    /// <summary>Takes it away again.</summary>
    public static async Task RemoveAsync(StoreSettings store)
    {
        await using var database = NpgsqlDataSource.Create(store.Connection);
#pragma warning disable CA2100 // The settings allow a schema small letters, digits and '_'.
        await using var command = database.CreateCommand($"DROP SCHEMA IF EXISTS {store.Schema} CASCADE");
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync();
    }

    private static async Task RunAsync(StoreSettings store, string program, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardInput = true, UseShellExecute = false };
        foreach (var (name, value) in Describe(new NpgsqlConnectionStringBuilder(store.Connection))) start.Environment[name] = value;
        using var process = Start(start);
        process.StandardInput.Close();
        try
        {
            var said = await process.StandardError.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            if (process.ExitCode != 0) throw new FlexCoreException(new Error(ErrorCodes.StoreUnavailable, $"{program} has failed: {said.Trim()}"));
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw;
        }
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new FlexCoreException(new Error(ErrorCodes.StoreUnavailable, $"{start.FileName} cannot be started: {e.Message}", SpecificRemedy: "Install PostgreSQL's client programs (Debian: postgresql-client), of the server's version or newer."), e);
        }
    }

    // Variables of libpq (https://www.postgresql.org/docs/current/libpq-envars.html): a password on a command line would be seen by others.
    private static IEnumerable<(string Name, string Value)> Describe(NpgsqlConnectionStringBuilder connection)
    {
        (string Name, string? Value)[] all =
        [
            ("PGHOST", connection.Host), ("PGPORT", $"{connection.Port}"), ("PGDATABASE", connection.Database), ("PGUSER", connection.Username), ("PGPASSWORD", connection.Password), ("PGPASSFILE", connection.Passfile),
            ("PGSSLROOTCERT", connection.RootCertificate), ("PGSSLCERT", connection.SslCertificate), ("PGSSLKEY", connection.SslKey),
            ("PGSSLMODE", connection.SslMode switch { SslMode.VerifyCA => "verify-ca", SslMode.VerifyFull => "verify-full", var mode => $"{mode}".ToLowerInvariant() }),
        ];
        return all.Where(each => !string.IsNullOrEmpty(each.Value)).Select(each => (each.Name, each.Value!));
    }
}
