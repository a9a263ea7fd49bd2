namespace FlexCore.SqlServer.Tests;

/// <summary>A SQL Server that somebody names; none can be had where these tests are usually run.</summary>
internal static class RealServer
{
    private const string Variable = "FLEXCORE_TEST_SQLSERVER";

    /// <summary>How it is reached; null where there is none.</summary>
    public static string? Connection => Environment.GetEnvironmentVariable(Variable);

    /// <summary>Why there is none; null where there is one.</summary>
    public static string? Absence => Connection is null ? $"There is no SQL Server here: {Variable} must be the connection string of one, with a database in which tables may be made." : null;
}
