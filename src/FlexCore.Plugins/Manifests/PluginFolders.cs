using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;
using FlexCore.Sandbox;

namespace FlexCore.Plugins.Manifests;

/// <summary>Plugin folders on disk: those of a project lie in <c>plugins/NAME</c> of it, registered copies in <c>plugins/NAME</c> of the data directory; FlexCore brings some along.</summary>
internal sealed class PluginFolders(string dataDirectory, string projectRoot, Func<string, PluginManifest?> findBuiltIn) : IPluginFolders
{
    private const string Folder = "plugins";

    public Task<Result<PluginManifest>> RegisterAsync(string source, Func<PluginManifest, Task<Error?>> refuse, CancellationToken cancellationToken) => RegisterAsync(source, source, refuse, cancellationToken);

    public async Task<Result<PluginManifest>> RegisterAsync(Stream archive, Func<PluginManifest, Task<Error?>> refuse, CancellationToken cancellationToken)
    {
        var kept = RegisteredPath($".{Guid.CreateVersion7():n}.sent");
        try
        {
            return await KeepAsync(archive, kept, cancellationToken) is { } failure ? failure : await RegisterAsync(kept, "the archive", refuse, cancellationToken);
        }
        finally
        {
            if (File.Exists(kept)) File.Delete(kept);
        }
    }

    // What goes wrong with the sender is not a fault of the disk.
    private async Task<Error?> KeepAsync(Stream archive, string path, CancellationToken cancellationToken)
    {
        FileStream? file = null;
        var buffer = new byte[81920];
        try
        {
            for (int count; (count = await archive.ReadAsync(buffer, cancellationToken)) > 0;)
            {
                try
                {
                    file ??= Create(path);
                    await file.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    return new Error(ErrorCodes.StoreUnavailable, $"the plugin cannot be copied into {dataDirectory}: {e.Message}");
                }
            }
        }
        finally
        {
            if (file is not null) await file.DisposeAsync();
        }

        return file is null ? new Error(ErrorCodes.PluginArchiveRefused, "the archive is empty") : null;
    }

    private static FileStream Create(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        return new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite });
    }

    private async Task<Result<PluginManifest>> RegisterAsync(string source, string displayName, Func<PluginManifest, Task<Error?>> refuse, CancellationToken cancellationToken)
    {
        var fresh = RegisteredPath($".{Guid.CreateVersion7():n}");
        try
        {
            return File.Exists(source) ? await UnpackAsync(source, displayName, fresh, refuse, cancellationToken) : await CopyAsync(source, fresh, refuse);
        }
        catch (InvalidDataException e)
        {
            return new Error(ErrorCodes.PluginArchiveRefused, $"{displayName} cannot be unpacked: {e.Message}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Error(ErrorCodes.StoreUnavailable, $"the plugin cannot be copied into {dataDirectory}: {e.Message}");
        }
        finally
        {
            await UntrustedFiles.RemoveFolderAsync(fresh);
        }
    }

    public Result<PluginManifest>? FindElsewhere(string name)
    {
        if (Directory.Exists(RegisteredPath(name))) return Read(RegisteredPath(name));
        return findBuiltIn(name) is { } builtIn ? (Result<PluginManifest>)builtIn : null;
    }

    public Result<PluginManifest>? Find(string name)
    {
        if (!Names.IsValid(name)) return null;
        var folder = Path.Combine(projectRoot, Folder, name);
        return HasManifest(folder) ? Read(folder) : FindElsewhere(name);
    }

    public IReadOnlyList<string> ListNames() =>
    [
        .. new[] { projectRoot, dataDirectory }
            .Select(root => Path.Combine(root, Folder))
            .Where(Directory.Exists)
            .SelectMany(Directory.GetDirectories)
            .Where(HasManifest)
            .Select(folder => Path.GetFileName(folder))
            .Where(Names.IsValid)
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal),
    ];

    public bool IsWritableByAnybody(PluginManifest manifest) =>
        PluginFiles.List(manifest.Folder).Select(file => Path.Combine(manifest.Folder, file)).Prepend(manifest.Folder)
            .Any(path => new FileInfo(path) is { LinkTarget: null, UnixFileMode: var mode } && mode.HasFlag(UnixFileMode.OtherWrite));

    private async Task<Result<PluginManifest>> UnpackAsync(string archive, string displayName, string fresh, Func<PluginManifest, Task<Error?>> refuse, CancellationToken cancellationToken)
    {
        var folder = await PluginArchive.UnpackAsync(archive, fresh, cancellationToken);
        var manifest = ManifestReader.Read(folder, Path.Combine(displayName, ManifestReader.FileName));
        if (!manifest.IsSuccess) return manifest;
        return await refuse(manifest.Value) is { } refused ? refused : Replace(manifest.Value.Name, folder);
    }

    private async Task<Result<PluginManifest>> CopyAsync(string source, string fresh, Func<PluginManifest, Task<Error?>> refuse)
    {
        var manifest = Read(source);
        if (!manifest.IsSuccess) return manifest;
        if (await refuse(manifest.Value) is { } refused) return refused;
        foreach (var path in PluginFiles.List(manifest.Value.Folder))
        {
            var target = Path.Combine(fresh, path);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);

            // A link stays a link: what it points at on the host was never the plugin's to bring along.
            var file = new FileInfo(Path.Combine(manifest.Value.Folder, path));
            if (file.LinkTarget is { } pointsAt) File.CreateSymbolicLink(target, pointsAt);
            else file.CopyTo(target);
        }

        return Replace(manifest.Value.Name, fresh);
    }

    private Result<PluginManifest> Replace(string name, string fresh)
    {
        var destination = RegisteredPath(name);
        var old = $"{destination}.{Guid.CreateVersion7():n}.old";
        if (Directory.Exists(destination)) Directory.Move(destination, old);
        Directory.Move(fresh, destination);
        if (Directory.Exists(old)) Directory.Delete(old, recursive: true);
        return Read(destination);
    }

    public void Remove(string name)
    {
        if (!Names.IsValid(name)) return;
        try
        {
            // Out of sight in one step: whoever looks finds the whole plugin or none.
            var old = $"{RegisteredPath(name)}.{Guid.CreateVersion7():n}.old";
            if (!Directory.Exists(RegisteredPath(name))) return;
            Directory.Move(RegisteredPath(name), old);
            Directory.Delete(old, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FlexCoreException(new Error(ErrorCodes.StoreUnavailable, $"the copy of plugin {name} cannot be removed: {e.Message}"), e);
        }
    }

    private static Result<PluginManifest> Read(string folder) =>
        ManifestReader.Read(Path.GetFullPath(folder), Path.Combine(folder, ManifestReader.FileName));

    private static bool HasManifest(string folder) => File.Exists(Path.Combine(folder, ManifestReader.FileName));

    private string RegisteredPath(string name) => Path.Combine(dataDirectory, Folder, name);
}
