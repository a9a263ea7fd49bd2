using FlexCore.Infrastructure.Clients;

namespace FlexCore.Infrastructure.SqlServer;

/// <summary>What the numbers of errors mean (https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-events-and-errors).</summary>
internal static class SqlServerErrors
{
    // From this severity on the server, or what leads to it, has ended the connection.
    private const byte Fatal = 20;

    /// <summary>What a failure means.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="severity">Its class.</param>
    /// <param name="text">What the server says.</param>
    public static CallFailure Understand(int number, byte severity, string text)
    {
        var kind = KindOf(number, severity);

        // Some texts have values of rows: the key that is there already, what cannot be converted, what is too long.
        return new CallFailure(kind, number is 2601 or 2627 ? $"{number}: such a key is there already" : number is 220 or 241 or 245 or 248 or 2628 ? $"{number}: a value is not as it must be" : $"{number}: {text}");
    }

    private static FailureKind KindOf(int number, byte severity) => number switch
    {
        -2 => FailureKind.Timeout,

        // A unique index or constraint.
        2601 or 2627 => FailureKind.Conflict,

        // Who asks is not known, or may not: the login, its password, the database, an object.
        18452 or 18456 or 18470 or 18486 or 18487 or 18488 or 4060 or 916 or 229 or 230 or 262 or 297 or 300 => FailureKind.AccessRefused,

        // That may pass. The lists of the driver (https://learn.microsoft.com/dotnet/api/microsoft.data.sqlclient.sqlconfigurableretryfactory) and of Entity Framework Core (SqlServerTransientExceptionDetector):
        // locks, deadlocks and time for a lock;
        1204 or 1205 or 1222 => FailureKind.Busy,

        // a transaction that was given up because of another: of snapshots, of tables in memory;
        3960 or 41301 or 41302 or 41305 or 41325 or 41839 => FailureKind.Busy,

        // Azure's limits and moves.
        10928 or 10929 or 40143 or 40197 or 40501 or 40540 or 40613 or 42108 or 42109 or 49918 or 49919 or 49920 or 49977 or 49983 => FailureKind.Busy,

        // The network, as the two lists and the operating system number it.
        -1 or 2 or 20 or 26 or 40 or 53 or 64 or 121 or 233 or 997 or 10053 or 10054 or 10060 or 10061 or 11001 => FailureKind.Unreachable,
        _ => severity >= Fatal ? FailureKind.Unreachable : FailureKind.RequestRefused,
    };
}
