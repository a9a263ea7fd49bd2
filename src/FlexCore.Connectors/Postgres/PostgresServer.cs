using System.Net.Sockets;
using FlexCore.Sdk;
using Npgsql;

namespace FlexCore.Connectors.Postgres;

/// <summary>Connections to a server, and what goes wrong with them in words.</summary>
internal static class PostgresServer
{
    private const int BufferBytes = 256 * 1024;

    /// <exception cref="PluginException">It cannot be reached, or lets nobody in.</exception>
    public static async ValueTask<NpgsqlConnection> OpenAsync(IPostgresConnection settings, string program, CancellationToken cancellationToken)
    {
        var builder = new NpgsqlConnectionStringBuilder
        {
            Host = settings.Host,
            Port = settings.Port,
            Database = settings.Database,
            Username = settings.User,
            Password = settings.Password,
            SslMode = settings.Tls switch { PostgresTls.Disable => SslMode.Disable, PostgresTls.Require => SslMode.Require, PostgresTls.VerifyFull => SslMode.VerifyFull, _ => SslMode.Prefer },
            RootCertificate = settings.RootCertificate,
            ApplicationName = program,
            Pooling = false,
            CommandTimeout = 0,
            ReadBufferSize = BufferBytes,
            WriteBufferSize = BufferBytes,

            // What text of dates and times depends on.
            Options = "-c datestyle=ISO,YMD -c timezone=UTC -c intervalstyle=postgres -c bytea_output=hex -c extra_float_digits=1",
        };
        var connection = new NpgsqlConnection(builder.ConnectionString);
        try
        {
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch (Exception e) when (e is NpgsqlException or SocketException or TimeoutException or IOException)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw new PluginException($"{settings.Host}:{settings.Port} cannot be used as {settings.User} on {settings.Database}: {e.Message}", e);
        }
    }

    /// <summary>Says what a server has against a statement.</summary>
    /// <param name="what">What was to be done.</param>
    /// <param name="work">Does it.</param>
    public static async ValueTask<T> TryAsync<T>(string what, Func<ValueTask<T>> work)
    {
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (PostgresException e)
        {
            // Its detail may quote values.
            throw new PluginException($"{what}: {e.MessageText} ({e.SqlState}{(e.Where is { Length: > 0 } where ? $", {where.Split('\n')[0].Split(": \"")[0]}" : "")})", e);
        }
        catch (Exception e) when (e is NpgsqlException or IOException or SocketException or TimeoutException)
        {
            throw new PluginException($"{what}: the server went away: {e.Message}", e);
        }
    }

    /// <summary>A name as SQL writes it.</summary>
    public static string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>A text as SQL writes it.</summary>
    public static string Literal(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
}
