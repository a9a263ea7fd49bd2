using FlexCore.Application.Ports;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;

namespace FlexCore.Plugins.Manifests;

/// <summary>Plugin folders on disk; registered copies lie in <c>plugins/NAME</c> of the data directory.</summary>
internal sealed class PluginFolders(string dataDirectory) : IPluginFolders
{
    private const string RegisteredFolder = "plugins";

    public Result<PluginManifest> Read(string folder) =>
        ManifestReader.Read(Path.GetFullPath(folder), Path.Combine(folder, ManifestReader.FileName));

    public Result<PluginManifest> Register(PluginManifest manifest)
    {
        var destination = RegisteredPath(manifest.Name);
        var fresh = $"{destination}.{Guid.CreateVersion7():n}";
        try
        {
            foreach (var file in PluginFiles.List(manifest.Folder))
            {
                var target = Path.Combine(fresh, file);
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);

                // A link stays a link: what it points at on the host was never the plugin's to bring along.
                var source = new FileInfo(Path.Combine(manifest.Folder, file));
                if (source.LinkTarget is { } pointsAt) File.CreateSymbolicLink(target, pointsAt);
                else source.CopyTo(target);
            }

            var old = $"{fresh}.old";
            if (Directory.Exists(destination)) Directory.Move(destination, old);
            Directory.Move(fresh, destination);
            if (Directory.Exists(old)) Directory.Delete(old, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Error(ErrorCodes.StoreUnavailable, $"the plugin cannot be copied to {destination}: {e.Message}");
        }

        return Read(destination);
    }

    public Result<PluginManifest>? FindRegistered(string name) =>
        Directory.Exists(RegisteredPath(name)) ? Read(RegisteredPath(name)) : null;

    private string RegisteredPath(string name) => Path.Combine(dataDirectory, RegisteredFolder, name);
}
