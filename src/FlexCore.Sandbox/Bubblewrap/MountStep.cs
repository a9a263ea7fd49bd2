namespace FlexCore.Sandbox.Bubblewrap;

internal enum MountKind
{
    ReadOnly,
    Writable,
    HiddenFolder,
    HiddenFile,
}

/// <summary>One thing to lay over the sandbox's file system; in order, so that a later one may lie inside an earlier one.</summary>
internal sealed record MountStep(MountKind Kind, string Source, string SandboxPath);
