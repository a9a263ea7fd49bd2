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

    /// <summary>Gives all back, once no process is left.</summary>
    public void Release()
    {
        Limits.Remove();
        Mounts?.Remove();
        Uid?.Dispose();
    }
}
