using System.Runtime.InteropServices;

namespace FlexCore.Sandbox.Bubblewrap;

/// <summary>What this bubblewrap and this kernel can do beyond the minimum.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct BubblewrapFeatures(bool CgroupNamespaces, bool DisableUserNamespaces);
