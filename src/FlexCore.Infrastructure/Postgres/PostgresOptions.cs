using FlexCore.Infrastructure.Clients;
using Npgsql;

namespace FlexCore.Infrastructure.Postgres;

/// <summary>How a PostgreSQL database is reached. The section <c>FlexCore:Postgres</c>.</summary>
public sealed class PostgresOptions : ClientOptions
{
    private const string Form = "it is of the form Host=db;Database=orders;Username=app;Password=…;SSL Mode=VerifyFull";

    /// <summary>As Npgsql takes it: <c>Host=db;Database=orders;Username=app;Password=…;SSL Mode=VerifyFull</c> (https://www.npgsql.org/doc/connection-string-parameters.html). Its <c>Command Timeout</c> is not used: <c>Timeout</c> holds.</summary>
    public string Connection { get; set; } = "";

    /// <summary>The connection as the driver gets it.</summary>
    /// <exception cref="ArgumentException">It cannot be read.</exception>
    internal NpgsqlConnectionStringBuilder Read() => new(Connection) { CommandTimeout = 0, IncludeErrorDetail = false };

    private protected override IEnumerable<(string Key, string Problem)> ProblemsOfTheSystem()
    {
        if (Connection.Length == 0) yield return (nameof(Connection), $"is missing; {Form}");
        else if (!IsReadable()) yield return (nameof(Connection), $"cannot be read; {Form}");
    }

    // Without the library's words: they may quote the text, and with it the password.
    private bool IsReadable()
    {
        try
        {
            return !string.IsNullOrEmpty(Read().Host);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidCastException)
        {
            return false;
        }
    }
}
