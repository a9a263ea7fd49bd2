using FlexCore.Infrastructure.Clients;
using Microsoft.Data.SqlClient;

namespace FlexCore.Infrastructure.SqlServer;

/// <summary>How a database of SQL Server is reached. The section <c>FlexCore:SqlServer</c>.</summary>
public sealed class SqlServerOptions : ClientOptions
{
    private const string Form = "it is of the form Server=db,1433;Database=orders;User ID=app;Password=…";

    /// <summary>As Microsoft.Data.SqlClient takes it: <c>Server=db,1433;Database=orders;User ID=app;Password=…</c> (https://learn.microsoft.com/dotnet/api/microsoft.data.sqlclient.sqlconnection.connectionstring). Its <c>Command Timeout</c> and its own attempts are not used: <c>Timeout</c> and <c>Retry</c> hold. Where nobody answers, the driver goes on asking for as long as its <c>Connect Timeout</c> says, 15 s.</summary>
    public string Connection { get; set; } = "";

    /// <summary>The connection as the driver gets it. A server that is away is left alone by the breaker, not by the pool.</summary>
    /// <exception cref="ArgumentException">It cannot be read.</exception>
    internal SqlConnectionStringBuilder Read() => new(Connection) { CommandTimeout = 0, ConnectRetryCount = 0, PoolBlockingPeriod = PoolBlockingPeriod.NeverBlock };

    private protected override IEnumerable<(string Key, string Problem)> ProblemsOfTheSystem()
    {
        if (Connection.Length == 0) yield return (nameof(Connection), $"is missing; {Form}");
        else if (!IsReadable()) yield return (nameof(Connection), $"cannot be read; {Form}");
        if (IsInvariant()) yield return (nameof(Connection), "cannot be used in this program: the driver of SQL Server needs cultures. Set InvariantGlobalization to false in the project, leave DOTNET_SYSTEM_GLOBALIZATION_INVARIANT unset, and install libicu");
    }

    // As the driver finds it out: for it the variable holds even where the program itself says that it has cultures.
    private static bool IsInvariant() =>
        (AppContext.TryGetSwitch("System.Globalization.Invariant", out var isSet) && isSet)
        || (Environment.GetEnvironmentVariable("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT") is { } text && (text == "1" || text.Equals("true", StringComparison.OrdinalIgnoreCase)));

    // Without the library's words: they may quote the text, and with it the password.
    private bool IsReadable()
    {
        try
        {
            return Read().DataSource.Length > 0;
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidCastException)
        {
            return false;
        }
    }
}
