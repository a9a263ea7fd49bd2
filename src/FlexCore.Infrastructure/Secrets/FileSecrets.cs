using FlexCore.Application.Ports;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Secrets;

namespace FlexCore.Infrastructure.Secrets;

/// <summary>Secrets in a folder with a file for each, as Docker, Kubernetes and systemd mount them.</summary>
/// <param name="folder">Absolute. It may be reached by links; those in it must stay in it.</param>
internal sealed class FileSecrets(string folder) : ISecrets
{
    /// <summary>As many links as Linux follows on one path (path_resolution(7)).</summary>
    private const int MostLinks = 40;

    public string Place => $"the folder {folder}";

    public async ValueTask<Result<string>> FindAsync(string name, CancellationToken cancellationToken)
    {
        var file = Path.Combine(folder, name);
        var place = $"the file {file}";
        try
        {
            if (Locate(name) is not { } path)
                return new Error(ErrorCodes.SecretMissing, $"there is no secret {name}: {file} is no file in that folder", SpecificRemedy: $"Put the value into {place}.");
            await using var opened = File.OpenRead(path);
            if (opened.Length > SecretRules.MostBytes + 1) return new Error(ErrorCodes.SecretUnusable, $"the value of secret {name}, {place}, is longer than {SecretRules.MostBytes / 1024} KiB");
            var content = new byte[opened.Length];
            await opened.ReadExactlyAsync(content, cancellationToken);
            return SecretValue.Read(name, content, place);
        }
        catch (Exception e) when (DataDirectory.IsFailure(e))
        {
            throw Unreadable(e);
        }
    }

    public ValueTask<IReadOnlyList<SecretEntry>> ListAsync(CancellationToken cancellationToken)
    {
        try
        {
            return new([
                .. Directory.EnumerateFileSystemEntries(folder)
                    .Select(path => Path.GetFileName(path))
                    .Where(name => SecretRules.IsName(name) && Locate(name) is not null)
                    .Order(StringComparer.Ordinal)
                    .Select(name => new SecretEntry(name, new DateTimeOffset(File.GetLastWriteTimeUtc(Locate(name)!)))),
            ]);
        }
        catch (Exception e) when (DataDirectory.IsFailure(e))
        {
            throw Unreadable(e);
        }
    }

    /// <summary>
    /// The file behind a name. Kubernetes mounts a link <c>NAME → ..data/NAME</c>, and <c>..data</c> is one too; whoever may
    /// write the folder must not have other files of the host read by a link that leads out of it.
    /// </summary>
    /// <returns>Its path; null when there is none, or it lies elsewhere.</returns>
    private string? Locate(string name)
    {
        var links = 0;
        var rest = new Stack<string>([name]);
        var done = new List<string>();
        while (rest.TryPop(out var part))
        {
            switch (part)
            {
                case "" or ".":
                    break;
                case ".." when done.Count == 0:
                    return null;
                case "..":
                    done.RemoveAt(done.Count - 1);
                    break;
                default:
                    done.Add(part);
                    if (new FileInfo(PathOf(done)).LinkTarget is not { } target) break;
                    if (Path.IsPathRooted(target) || ++links > MostLinks) return null;
                    done.RemoveAt(done.Count - 1);
                    foreach (var step in target.Split('/').Reverse()) rest.Push(step);
                    break;
            }
        }

        var path = PathOf(done);
        return File.Exists(path) ? path : null;
    }

    private string PathOf(List<string> parts) => Path.Combine([folder, .. parts]);

    private FlexCoreException Unreadable(Exception e) => new(
        new Error(ErrorCodes.FileUnreadable, $"{Place} with the secrets cannot be read: {e.Message}", SpecificRemedy: $"Make it readable, or name another one in `secrets.folder`."), e);
}
