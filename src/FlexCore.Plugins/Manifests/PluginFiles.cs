using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using FlexCore.Sandbox;

namespace FlexCore.Plugins.Manifests;

/// <summary>The files of a plugin's folder.</summary>
internal static class PluginFiles
{
    public const UnixFileMode AnyExecute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    public const int MaxDepth = 64;

    private static readonly string[] SearchPath = ["/usr/bin", "/bin"];

    // What tools leave behind or install is neither the author's nor stable.
    private static readonly HashSet<string> NotPartOfThePlugin = new(StringComparer.Ordinal) { ".git", ".venv", "__pycache__", "node_modules" };

    /// <summary>Whether a file or folder of that name is left by tools rather than part of a plugin.</summary>
    public static bool IsNoPart(string name) => NotPartOfThePlugin.Contains(name);

    /// <summary>Files of a plugin by relative path, in ordinal order.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="all">Whether what tools have left or installed there belongs to it.</param>
    /// <exception cref="IOException">The folder cannot be read, or holds what no plugin needs: names that are no text, trees without end.</exception>
    public static IReadOnlyList<string> List(string folder, bool all = false)
    {
        var files = new List<string>();
        Walk(folder, "");
        files.Sort(StringComparer.Ordinal);
        return files;

        void Walk(string directory, string prefix)
        {
            if (prefix.AsSpan().Count('/') > MaxDepth) throw new IOException($"Its folders are nested more than {MaxDepth} levels deep.");
            foreach (var entry in new DirectoryInfo(directory).EnumerateFileSystemInfos())
            {
                if (!all && IsNoPart(entry.Name)) continue;
                if (entry is DirectoryInfo { LinkTarget: null }) Walk(entry.FullName, prefix + entry.Name + "/");
                else if (entry.LinkTarget is not null || HostPath.IsRegularFile(entry.FullName)) files.Add(prefix + entry.Name);
                else if (!Path.Exists(entry.FullName)) throw new IOException($"The name of '{prefix}{entry.Name}' is not UTF-8."); // It would be in no digest.
            }
        }
    }

    /// <summary>SHA-256 over each file's path and content, both preceded by their length, in lower-case hex. Links count by where they point.</summary>
    public static string Digest(string folder) => Digest(folder, List(folder));

    /// <inheritdoc cref="Digest(string)"/>
    /// <param name="folder">The folder.</param>
    /// <param name="files">The files.</param>
    public static string Digest(string folder, IReadOnlyList<string> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> length = stackalloc byte[sizeof(long)];
        foreach (var file in files)
        {
            var info = new FileInfo(Path.Combine(folder, file));
            Append(hash, length, Encoding.UTF8.GetBytes(file));
            Append(hash, length, info.LinkTarget is { } target ? Encoding.UTF8.GetBytes(target) : File.ReadAllBytes(info.FullName));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Why a program cannot be started from this folder; null when it can.</summary>
    public static string? WhyNotExecutable(string folder, string program)
    {
        if (program.Contains('/', StringComparison.Ordinal))
        {
            var path = Path.GetFullPath(program, folder);
            if (!File.Exists(path)) return $"does not exist in {folder}";
            return (File.GetUnixFileMode(path) & AnyExecute) == UnixFileMode.None ? "is not executable" : null;
        }

        return SearchPath.Any(directory => File.Exists(Path.Combine(directory, program))) ? null : "is not found on the sandbox's PATH, /usr/bin:/bin";
    }

    private static void Append(IncrementalHash hash, Span<byte> length, ReadOnlySpan<byte> bytes)
    {
        BinaryPrimitives.WriteInt64LittleEndian(length, bytes.Length);
        hash.AppendData(length);
        hash.AppendData(bytes);
    }
}
