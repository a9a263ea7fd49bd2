using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using FlexCore.Sandbox;

namespace FlexCore.Plugins.Manifests;

/// <summary>
/// The digest of a folder with all that was installed in it, which may be thousands of files that a server would read for each run. While the kernel says that none of them was changed, what was
/// read once in this process holds.
/// </summary>
internal static class InstalledDigest
{
    // Far more than the steps in which file systems count their time: what changes after that has a later one.
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(2);

    private static readonly ConcurrentDictionary<string, (string Stamp, string Digest)> Known = new(StringComparer.Ordinal);

    /// <summary>The digest, as <see cref="PluginFiles.Digest(string, IReadOnlyList{string})"/> of all files.</summary>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    public static string Of(string folder, TimeProvider time)
    {
        var now = time.GetUtcNow();
        var files = PluginFiles.List(folder, all: true);
        var (stamp, newest) = Look(folder, files);
        if (Known.TryGetValue(folder, out var known) && known.Stamp == stamp) return known.Digest;
        var digest = PluginFiles.Digest(folder, files);
        if (newest < now - Settled) Known[folder] = (stamp, digest);
        return digest;
    }

    private static (string Stamp, DateTimeOffset Newest) Look(string folder, IReadOnlyList<string> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var newest = 0L;
        foreach (var file in files)
        {
            var stamp = HostPath.StampOf(Path.Combine(folder, file));
            hash.AppendData(Encoding.UTF8.GetBytes($"{file}\0"));
            hash.AppendData(MemoryMarshal.AsBytes<ulong>([stamp.Inode, (ulong)stamp.Length, (ulong)stamp.Modified, (ulong)stamp.Changed]));
            newest = Math.Max(newest, stamp.Changed);
        }

        return (Convert.ToHexStringLower(hash.GetHashAndReset()), DateTimeOffset.UnixEpoch.AddTicks(newest / TimeSpan.NanosecondsPerTick));
    }
}
