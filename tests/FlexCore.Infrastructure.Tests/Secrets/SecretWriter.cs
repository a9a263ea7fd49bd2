using System.Diagnostics;
using FlexCore.Infrastructure.Secrets;

namespace FlexCore.Infrastructure.Tests.Secrets;

/// <summary>Another process that sets secrets.</summary>
internal static class SecretWriter
{
    public const string Command = "set-secrets";

    /// <returns>Its exit code, once it has ended.</returns>
    public static async Task<int> StartAsync(string folder, string prefix, int count)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", ["exec", typeof(SecretWriter).Assembly.Location, Command, folder, prefix, count.ToString()]) { UseShellExecute = false })!;
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return process.ExitCode;
    }

    public static async Task WriteAsync(string folder, string prefix, int count)
    {
        LocalSecrets secrets = new(folder, TimeProvider.System);
        for (var i = 0; i < count; i++) await secrets.SetAsync($"{prefix}-{i}", $"value of {prefix}-{i}", CancellationToken.None);
    }
}
