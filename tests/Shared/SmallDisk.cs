using System.Diagnostics;

namespace FlexCore.Testing;

/// <summary>A file system of 1 MiB in memory, mounted on a folder.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private readonly string _folder;

    private SmallDisk(string folder) => _folder = folder;

    /// <summary>Mounts the disk, or skips the test where that is not allowed.</summary>
    internal static async Task<SmallDisk> Mount(string folder)
    {
        var allowed = Environment.IsPrivilegedProcess && await Run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder);
        Assert.SkipUnless(allowed, "Only root may mount the small disk that this test needs.");
        return new SmallDisk(folder);
    }

    internal async Task MakeReadOnly() => (await Run("mount", "-o", "remount,ro", _folder)).ShouldBeTrue();

    internal async Task MakeWritable() => (await Run("mount", "-o", "remount,rw", _folder)).ShouldBeTrue();

    public async ValueTask DisposeAsync() => (await Run("umount", "--lazy", _folder)).ShouldBeTrue();

    private static async Task<bool> Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments))!;
        await process.WaitForExitAsync();
        return process.ExitCode == 0;
    }
}
