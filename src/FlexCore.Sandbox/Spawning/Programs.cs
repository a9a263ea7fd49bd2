using Microsoft.Win32.SafeHandles;

namespace FlexCore.Sandbox.Spawning;

/// <summary>Programs of the host.</summary>
internal static class Programs
{
    private const UnixFileMode AnyExecute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>The path as given, or its name on <c>PATH</c>; null when there is none that can be executed.</summary>
    public static string? Find(string path)
    {
        var folders = Environment.GetEnvironmentVariable("PATH")?.Split(':', StringSplitOptions.RemoveEmptyEntries) ?? [];
        return folders.Select(folder => Path.Combine(folder, Path.GetFileName(path))).Prepend(path).FirstOrDefault(IsExecutable);
    }

    /// <summary>Runs a program of ours to its end and returns what it wrote.</summary>
    public static async Task<string> RunAsync(IReadOnlyList<string> command)
    {
        var (output, childOutput) = Libc.CreatePipe();
        using (output)
        {
            ChildProcess child;
            using (childOutput)
            using (var nothing = File.OpenHandle("/dev/null"))
            {
                child = new ChildProcess(await Spawner.StartAsync(command, [new(nothing, 0), new(childOutput, 1)]).ConfigureAwait(false));
            }

            var text = ReadToEnd(output);
            child.Reap();
            return text;
        }
    }

    private static bool IsExecutable(string path) => File.Exists(path) && (File.GetUnixFileMode(path) & AnyExecute) != UnixFileMode.None;

    private static string ReadToEnd(SafeFileHandle handle)
    {
        using var reader = new StreamReader(new FileStream(handle, FileAccess.Read, bufferSize: 0));
        return reader.ReadToEnd();
    }
}
