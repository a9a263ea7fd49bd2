using System.Runtime.InteropServices;

namespace FlexCore.Sandbox.Spawning;

/// <summary>
/// posix_spawn with exactly the descriptors named. <see cref="System.Diagnostics.Process"/> cannot pass descriptors and would
/// hand on every inheritable one that this process has itself inherited.
/// </summary>
internal static unsafe partial class PosixSpawn
{
    // Both C libraries of Linux need less than this for either structure.
    private const int StructureSize = 512;

    private const short SetSignalDefaults = 0x04;
    private const short SetSignalMask = 0x08;
    private const short SetSession = 0x80;

    private static readonly string[] Environment = ["PATH=/usr/bin:/bin:/usr/sbin:/sbin", "LANG=C"];

    public static int Start(IReadOnlyList<string> command, IReadOnlyList<InheritedDescriptor> descriptors)
    {
        var attributes = NativeMemory.AllocZeroed(StructureSize);
        var actions = NativeMemory.AllocZeroed(StructureSize);
        var copies = new List<int>();
        try
        {
            Check(AttributesInit(attributes), "posix_spawnattr_init");
            Check(ActionsInit(actions), "posix_spawn_file_actions_init");

            // The .NET runtime ignores SIGPIPE and blocks others; and a terminal's Ctrl-C is not for plugins.
            var signals = stackalloc byte[128];
            Check(SignalsEmpty(signals), "sigemptyset");
            Check(AttributesSetMask(attributes, signals), "posix_spawnattr_setsigmask");
            Check(SignalsFill(signals), "sigfillset");
            Check(AttributesSetDefaults(attributes, signals), "posix_spawnattr_setsigdefault");
            Check(AttributesSetFlags(attributes, SetSignalDefaults | SetSignalMask | SetSession), "posix_spawnattr_setflags");

            // Copies above all wanted numbers, so that no dup2 overwrites what a later one needs.
            var above = Math.Max(3, descriptors.Max(d => d.Number) + 1);
            foreach (var descriptor in descriptors)
            {
                var copy = Libc.Fcntl(descriptor.Handle, Libc.F_DUPFD_CLOEXEC, above);
                Libc.ThrowIfFailed(copy, "fcntl(F_DUPFD_CLOEXEC)");
                copies.Add(copy);
                Check(ActionsAddDup2(actions, copy, descriptor.Number), "posix_spawn_file_actions_adddup2");
            }

            CloseAllOthers(actions, descriptors, above);
            return Start(command, actions, attributes);
        }
        finally
        {
            foreach (var copy in copies)
            {
                _ = Libc.Close(copy);
            }

            _ = ActionsDestroy(actions);
            _ = AttributesDestroy(attributes);
            NativeMemory.Free(actions);
            NativeMemory.Free(attributes);
        }
    }

    private static int Start(IReadOnlyList<string> command, void* actions, void* attributes)
    {
        var arguments = StringArray(command);
        var environment = StringArray(Environment);
        try
        {
            Check(Spawn(out var pid, command[0], actions, attributes, arguments, environment), $"Cannot start {command[0]}");
            return pid;
        }
        finally
        {
            FreeStringArray(arguments);
            FreeStringArray(environment);
        }
    }

    /// <summary>What others opened without the close-on-exec flag, or what we were started with, is not for children.</summary>
    private static void CloseAllOthers(void* actions, IReadOnlyList<InheritedDescriptor> descriptors, int above)
    {
        foreach (var number in Enumerable.Range(3, above - 3).Except(descriptors.Select(d => d.Number)))
        {
            Check(ActionsAddClose(actions, number), "posix_spawn_file_actions_addclose");
        }

        try
        {
            Check(ActionsAddCloseFrom(actions, above), "posix_spawn_file_actions_addclosefrom_np");
        }
        catch (EntryPointNotFoundException)
        {
            // Before glibc 2.34, and with musl. Not as good: the runtime itself opens files without the flag for moments, when
            // the garbage collector looks how much memory there is, and another thread may do that right after this.
            Libc.CloseOnExecFrom(3);
        }
    }

    private static nint* StringArray(IReadOnlyList<string> strings)
    {
        var array = (nint*)NativeMemory.AllocZeroed((nuint)strings.Count + 1, (nuint)sizeof(nint));
        for (var i = 0; i < strings.Count; i++)
        {
            array[i] = Marshal.StringToCoTaskMemUTF8(strings[i]);
        }

        return array;
    }

    private static void FreeStringArray(nint* array)
    {
        for (var item = array; *item != 0; item++)
        {
            Marshal.FreeCoTaskMem(*item);
        }

        NativeMemory.Free(array);
    }

    private static void Check(int error, string call)
    {
        if (error != 0)
        {
            throw Libc.Error(call, error);
        }
    }

    [LibraryImport("libc", EntryPoint = "posix_spawn", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Spawn(out int pid, string path, void* actions, void* attributes, nint* arguments, nint* environment);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_init")]
    private static partial int AttributesInit(void* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_destroy")]
    private static partial int AttributesDestroy(void* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setflags")]
    private static partial int AttributesSetFlags(void* attributes, short flags);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigmask")]
    private static partial int AttributesSetMask(void* attributes, byte* signals);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigdefault")]
    private static partial int AttributesSetDefaults(void* attributes, byte* signals);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    private static partial int ActionsInit(void* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    private static partial int ActionsDestroy(void* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    private static partial int ActionsAddDup2(void* actions, int from, int to);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addclose")]
    private static partial int ActionsAddClose(void* actions, int number);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addclosefrom_np")]
    private static partial int ActionsAddCloseFrom(void* actions, int first);

    [LibraryImport("libc", EntryPoint = "sigemptyset")]
    private static partial int SignalsEmpty(byte* signals);

    [LibraryImport("libc", EntryPoint = "sigfillset")]
    private static partial int SignalsFill(byte* signals);
}
