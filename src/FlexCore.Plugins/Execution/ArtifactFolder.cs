using FlexCore.Application.Ports;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Runs;
using FlexCore.Sandbox;

namespace FlexCore.Plugins.Execution;

/// <summary>The folder of a work folder in which plugins leave files that are to be kept. They made what is there, so it may be anything.</summary>
/// <param name="workFolder">On the host, and its real path.</param>
internal sealed class ArtifactFolder(string workFolder)
{
    /// <summary>Its name.</summary>
    public const string Name = "artifacts";

    /// <summary>How many files one attempt of a step may leave.</summary>
    public const int MostFiles = 1000;

    /// <summary>How many bytes they may have together.</summary>
    public const long MostBytes = 4L * 1024 * 1024 * 1024;

    // What is nested deeper has no name that could be kept.
    private const int DeepestFolder = 50;

    private static readonly EnumerationOptions Everything = new() { AttributesToSkip = FileAttributes.None, IgnoreInaccessible = false };

    /// <summary>Keeps what is there. Nothing of it is written any more.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="step">The step.</param>
    /// <param name="before">What stands before the names.</param>
    /// <param name="artifacts">Keeps it.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <exception cref="FlexCoreException">FX2034: something there cannot be kept; it is told before anything is.</exception>
    public async Task<IReadOnlyList<Artifact>> KeepAsync(Guid runId, string step, string before, IArtifacts artifacts, CancellationToken cancellationToken)
    {
        var files = Find(before, artifacts);
        List<Artifact> kept = [];
        foreach (var (name, path) in files)
        {
            await using var file = Open(name, path);
            kept.Add(await artifacts.KeepAsync(runId, step, name, file, cancellationToken));
        }

        return kept;
    }

    private static FlexCoreException Unusable(string name, string problem) => new(new Error(ErrorCodes.ArtifactsUnusable, $"the artifact '{name}' {problem}"));

    private List<(string Name, string Path)> Find(string before, IArtifacts artifacts)
    {
        List<(string Name, string Path)> files = [];
        var bytes = 0L;
        Stack<(DirectoryInfo Folder, string Name, int Depth)> folders = new([(new DirectoryInfo(Path.Combine(workFolder, Name)), before, 0)]);
        while (folders.TryPop(out var next))
        {
            if (!next.Folder.Exists || next.Folder.LinkTarget is not null) continue;
            foreach (var entry in Entries(next.Folder, next.Name))
            {
                var name = next.Name + entry.Name;
                if (!artifacts.IsName(name)) throw Unusable(name, "has a name that cannot be kept: it is too long, ends with a dot, or has in it what names must not have");
                if (entry.LinkTarget is not null) throw Unusable(name, "is a symbolic link; leave the file itself there");
                if (entry is DirectoryInfo folder)
                {
                    if (next.Depth == DeepestFolder) throw Unusable(name, $"is in more than {DeepestFolder} folders");
                    folders.Push((folder, $"{name}/", next.Depth + 1));
                    continue;
                }

                bytes += ((FileInfo)entry).Length;
                if (files.Count == MostFiles) throw Unusable(name, $"is one more than the {MostFiles} files that a step may leave");
                if (bytes > MostBytes) throw Unusable(name, $"brings what the step leaves to more than {MostBytes / (1024 * 1024 * 1024)} GiB");
                files.Add((name, entry.FullName));
            }
        }

        files.Sort((one, other) => string.CompareOrdinal(one.Name, other.Name));
        return files;
    }

    private static List<FileSystemInfo> Entries(DirectoryInfo folder, string name)
    {
        try
        {
            return [.. folder.EnumerateFileSystemInfos("*", Everything).Take(MostFiles + 1)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unusable(name, "cannot be looked into");
        }
    }

    private static FileStream Open(string name, string path)
    {
        try
        {
            return UntrustedFiles.OpenRead(path) ?? throw Unusable(name, "is not a file");
        }
        catch (IOException)
        {
            throw Unusable(name, "cannot be read");
        }
    }
}
