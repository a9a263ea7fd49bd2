using FlexCore.Sandbox.Limits;
using FlexCore.Sandbox.Mounts;
using FlexCore.Sandbox.Network;

namespace FlexCore.Sandbox;

/// <summary>What one sandbox has taken of the machine.</summary>
internal sealed class SandboxResources
{
    public UidLease? Uid { get; set; }

    public MountLease? Mounts { get; set; }

    /// <summary>Null when the sandbox has no network.</summary>
    public NetworkGate? Network { get; init; }

    public required IResourceLimits Limits { get; init; }

    /// <summary>A folder of the host that the program has for itself; empty when it has a file system of its own.</summary>
    public string PrivateFolder { get; init; } = string.Empty;

    /// <summary>Gives all back, once no process is left.</summary>
    public async ValueTask ReleaseAsync()
    {
        Limits.Remove();
        Mounts?.Remove();
        Uid?.Dispose();
        if (PrivateFolder.Length == 0) return;
        try
        {
            await UntrustedFiles.RemoveFolderAsync(PrivateFolder).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // In nobody's way; the next runtime tries again.
        }
    }
}
