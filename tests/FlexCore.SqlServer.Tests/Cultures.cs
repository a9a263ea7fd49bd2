using System.Runtime.CompilerServices;

namespace FlexCore.SqlServer.Tests;

/// <summary>The build runs without cultures and says so in a variable, which test programs inherit. The driver of SQL Server takes it for its own process.</summary>
internal static class Cultures
{
    [ModuleInitializer]
    internal static void Use() => Environment.SetEnvironmentVariable("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", null);
}
