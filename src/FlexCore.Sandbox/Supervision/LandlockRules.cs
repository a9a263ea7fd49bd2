using System.Runtime.InteropServices;
using FlexCore.Sandbox.Bubblewrap;

namespace FlexCore.Sandbox.Supervision;

/// <summary>The files that a program may use at level <c>process</c>: everything that is not named here is refused by the kernel (landlock(7)).</summary>
internal static class LandlockRules
{
    /// <summary>The first version that keeps signals in (Linux 6.12). With less a program could kill the runtime, or anything else of its user.</summary>
    public const int NeededVersion = 6;

    private const ulong Execute = 1 << 0;
    private const ulong WriteFile = 1 << 1;
    private const ulong ReadFile = 1 << 2;
    private const ulong ReadFolder = 1 << 3;
    private const ulong RemoveFolder = 1 << 4;
    private const ulong RemoveFile = 1 << 5;
    private const ulong MakeFolder = 1 << 7;
    private const ulong MakeFile = 1 << 8;
    private const ulong MakeLink = 1 << 12;
    private const ulong MoveBetweenFolders = 1 << 13;
    private const ulong Truncate = 1 << 14;

    private const ulong Look = ReadFile | ReadFolder;
    private const ulong Use = Look | Execute;
    private const ulong Change = Use | WriteFile | Truncate | RemoveFolder | RemoveFile | MakeFolder | MakeFile | MakeLink | MoveBetweenFolders;

    // As in a sandbox, but the users and hosts of the machine, which cannot be replaced, are not shown.
    private static readonly (string Path, ulong Rights)[] OfTheSystem =
    [
        ("/usr", Use), ("/bin", Use), ("/sbin", Use), ("/lib", Use), ("/lib64", Use), ("/lib32", Use),
        ("/etc/ssl", Look), ("/etc/alternatives", Look), ("/etc/ld.so.cache", Look), ("/etc/localtime", Look),
        ("/proc", Look),
        ("/dev/null", ReadFile | WriteFile | Truncate), ("/dev/zero", ReadFile | WriteFile), ("/dev/full", ReadFile | WriteFile), ("/dev/random", ReadFile), ("/dev/urandom", ReadFile),
    ];

    /// <summary>What the kernel has: 0 for nothing.</summary>
    public static int Version { get; } = Math.Max(0, Libc.GetLandlockVersion());

    /// <summary>The rules for a program.</summary>
    /// <exception cref="SandboxMountException">What is to be hidden or kept read-only would not be.</exception>
    public static IReadOnlyList<LandlockRule> For(SandboxSpec spec)
    {
        var steps = SandboxPaths.Plan(spec);
        Refuse(steps);
        return
        [
            .. from item in OfTheSystem where Path.Exists(item.Path) select new LandlockRule(item.Path, item.Rights, MayBeLink: true),
            .. from step in steps select new LandlockRule(step.Source, step.Kind == MountKind.Writable ? Change : Use, MayBeLink: false),
            new LandlockRule(spec.Place.RunFolder, Look, MayBeLink: false),
            new LandlockRule(spec.Place.Home, Change, MayBeLink: false),
            new LandlockRule(spec.Place.Temp, Change, MayBeLink: false),
        ];
    }

    // Rules add up: nothing can be taken away again inside of what was granted.
    private static void Refuse(IReadOnlyList<MountStep> steps)
    {
        if (steps.FirstOrDefault(step => step.Kind is MountKind.HiddenFile or MountKind.HiddenFolder) is { } hidden)
            throw new SandboxMountException($"'{hidden.Source}' cannot be hidden at level process: grant no folder that contains it");
        foreach (var step in steps.Where(step => step.Kind == MountKind.ReadOnly))
        {
            if (steps.FirstOrDefault(other => other.Kind == MountKind.Writable && SandboxPaths.IsAtOrBelow(step.Source, other.Source) && other.Source != step.Source) is { } around)
                throw new SandboxMountException($"'{step.Source}' cannot be kept read-only at level process: grant no folder for writing that contains it, as '{around.Source}' does");
        }
    }
}

/// <summary>One path, with all below it.</summary>
/// <param name="Path">On the host.</param>
/// <param name="Rights"><c>LANDLOCK_ACCESS_FS_…</c></param>
/// <param name="MayBeLink">Whether links are followed: a path of the system, and not one that was granted.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct LandlockRule(string Path, ulong Rights, bool MayBeLink);
