using System.Diagnostics;

namespace FlexCore.Testing;

/// <summary>Packages of npm that tests need, by their lock file.</summary>
internal static class NpmPackages
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Installs those of a folder, once on a machine; test programs run side by side, so one waits for the other.</summary>
    public static async Task InstallAsync(string folder)
    {
        const string Command = "[ -e node_modules/.package-lock.json ] && [ ! package-lock.json -nt node_modules/.package-lock.json ] || npm ci --silent --no-audit --no-fund";
        using var npm = Process.Start(new ProcessStartInfo("flock", [Path.Combine(folder, "package.json"), "sh", "-c", Command]) { WorkingDirectory = folder, UseShellExecute = false })!;
        await npm.WaitForExitAsync().WaitAsync(Patience);
        npm.ExitCode.ShouldBe(0, $"npm could not install what {folder} needs");
    }
}
