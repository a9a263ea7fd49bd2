using FlexCore.Application.Ports;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;
using FlexCore.Plugins.Yaml;
using FlexCore.Sandbox;

namespace FlexCore.Plugins.Manifests;

/// <summary>
/// The registered copies in a data directory. Each version lies in a folder that stays where it is, for what was installed in it knows its own path; <c>plugins/NAME</c> is a link to
/// the one in use. Earlier versions of FlexCore have left the copy itself in its place.
/// </summary>
internal sealed class PluginVersions(string dataDirectory)
{
    private const string Folder = "plugins";
    private const int NameLength = 40;
    private const int DigestLength = 8;

    // Registrations name a plugin's place as the kernel sees it.
    private readonly string _root = HostPath.Resolve(Path.Combine(dataDirectory, Folder)) ?? Path.Combine(dataDirectory, Folder);

    private string Incoming => Path.Combine(_root, ".incoming");

    /// <summary>Names of all plugins that have a copy.</summary>
    public IEnumerable<string> Names => Directory.Exists(_root) ? Directory.GetDirectories(_root).Where(PluginFolders.HasManifest).Select(Path.GetFileName).OfType<string>() : [];

    /// <summary>A folder for what is not a plugin yet.</summary>
    public async Task<BuildFolder> ReserveIncomingAsync()
    {
        await BuildFolder.RemoveAbandonedAsync(Incoming);
        var incoming = BuildFolder.Reserve(Incoming, $"{Guid.CreateVersion7():n}");
        Directory.CreateDirectory(incoming.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return incoming;
    }

    /// <summary>The folder of a version that is to be registered. No other version is changed by what is done there, not even one of the same files.</summary>
    public async Task<BuildFolder> ReserveAsync(PluginManifest fresh)
    {
        await BuildFolder.RemoveAbandonedAsync(VersionsOf(fresh.Name));
        return BuildFolder.Reserve(VersionsOf(fresh.Name), Prefix(fresh.Version) + fresh.Digest[..DigestLength]);
    }

    /// <summary>The copy in use, or the newest one of a version.</summary>
    public Result<PluginManifest>? Find(PluginReference plugin)
    {
        var folder = plugin.Version is null
            ? Place(plugin.Name) is var place && Directory.Exists(place) ? place : null
            : List(plugin.Name).Where(kept => kept.Version == plugin.Version).OrderByDescending(kept => kept.IsInUse).ThenByDescending(kept => Directory.GetCreationTimeUtc(kept.Folder)).Select(kept => kept.Folder).FirstOrDefault();
        return folder is null ? null : Read(folder, plugin);
    }

    /// <summary>Reads a copy.</summary>
    public Result<PluginManifest> Read(string folder, PluginReference plugin)
    {
        var read = ManifestReader.Read(folder, Path.Combine(folder, ManifestReader.FileName), PluginStage.Registered);
        return read.IsSuccess ? read.Value with { RegisteredFolder = Place(plugin.Name), IsPinned = plugin.Version is not null } : read;
    }

    /// <summary>Lets a copy be the one in use.</summary>
    public async Task UseAsync(string name, string folder)
    {
        if (FolderLink.Point(Place(name), folder) is { } before) await UntrustedFiles.RemoveFolderAsync(before);
    }

    /// <summary>All copies of a plugin.</summary>
    public IReadOnlyList<KeptVersion> List(string name)
    {
        var used = HostPath.Resolve(Place(name));
        IEnumerable<string> folders = Directory.Exists(VersionsOf(name)) ? Directory.GetDirectories(VersionsOf(name)).Where(BuildFolder.IsWhole).Order(StringComparer.Ordinal) : [];
        if (used == Place(name)) folders = folders.Append(used);
        return [.. folders.Select(folder => new KeptVersion(VersionIn(folder), folder, folder == used))];
    }

    /// <summary>Removes all copies.</summary>
    public async Task RemoveAsync(string name)
    {
        // Out of sight in one step: whoever looks finds the whole plugin or none.
        var place = Place(name);
        if (new DirectoryInfo(place).LinkTarget is not null) File.Delete(place);
        else await RemoveFolderAsync(place);
        await RemoveFolderAsync(VersionsOf(name));
    }

    /// <summary>Removes the copies of a version that are not in use.</summary>
    /// <returns>How many there were.</returns>
    public async Task<int> RemoveAsync(PluginReference plugin)
    {
        var folders = List(plugin.Name).Where(kept => kept.Version == plugin.Version && !kept.IsInUse).Select(kept => kept.Folder).ToList();
        foreach (var folder in folders) await RemoveFolderAsync(folder);
        return folders.Count;
    }

    private static string? VersionIn(string folder) =>
        YamlFile.Read(Path.Combine(folder, ManifestReader.FileName), folder) is { IsSuccess: true, Value: { } yaml } ? new MapReader(yaml, []).FindText("version") : null;

    private async Task RemoveFolderAsync(string folder)
    {
        if (!Directory.Exists(folder)) return;
        var old = Path.Combine(_root, $".{Guid.CreateVersion7():n}.old");
        Directory.Move(folder, old);
        await UntrustedFiles.RemoveFolderAsync(old);
    }

    /// <summary>What a folder's name begins with: a version is any line of text, and a path in the first line of a script must not be long.</summary>
    private static string Prefix(string version) =>
        string.Concat(version.Take(NameLength).Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or '+' ? c : '_')).TrimStart('.') + "-";

    private string Place(string name) => Path.Combine(_root, name);

    private string VersionsOf(string name) => Path.Combine(_root, ".versions", name);
}
