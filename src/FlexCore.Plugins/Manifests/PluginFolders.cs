using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;

namespace FlexCore.Plugins.Manifests;

/// <summary>Plugin folders on disk: those of a project lie in <c>plugins/NAME</c> of it, registered copies in the data directory; FlexCore brings some along.</summary>
internal sealed class PluginFolders(string dataDirectory, string projectRoot, PluginInstaller installer, Func<string, PluginManifest?> findBuiltIn) : IPluginFolders
{
    private const string Folder = "plugins";
    private const string Sent = "archive";

    private readonly PluginVersions _versions = new(dataDirectory);

    public async Task<Result<RegisteredCopy>> RegisterAsync(string source, Func<PluginManifest, Task<Result<InstallTerms>>> admit, CancellationToken cancellationToken)
    {
        var reserved = await ReserveIncomingAsync();
        if (!reserved.IsSuccess) return reserved.Errors.ToArray();
        await using var incoming = reserved.Value;
        return await RegisterAsync(source, source, incoming.Path, admit, cancellationToken);
    }

    public async Task<Result<RegisteredCopy>> RegisterAsync(Stream archive, Func<PluginManifest, Task<Result<InstallTerms>>> admit, CancellationToken cancellationToken)
    {
        var reserved = await ReserveIncomingAsync();
        if (!reserved.IsSuccess) return reserved.Errors.ToArray();
        await using var incoming = reserved.Value;
        var kept = Path.Combine(incoming.Path, Sent);
        return await KeepAsync(archive, kept, cancellationToken) is { } failure ? failure : await RegisterAsync(kept, "the archive", incoming.Path, admit, cancellationToken);
    }

    public Result<PluginManifest>? FindElsewhere(PluginReference plugin) =>
        _versions.Find(plugin) ?? (plugin.Version is null && findBuiltIn(plugin.Name) is { } builtIn ? (Result<PluginManifest>)builtIn : null);

    public Result<PluginManifest>? Find(string name)
    {
        if (!Names.IsValid(name)) return null;
        var folder = Path.Combine(projectRoot, Folder, name);
        return HasManifest(folder) ? ManifestReader.Read(Path.GetFullPath(folder), Path.Combine(folder, ManifestReader.FileName)) : FindElsewhere(new PluginReference(name, Version: null));
    }

    public IReadOnlyList<string> ListNames()
    {
        var own = Path.Combine(projectRoot, Folder);
        IEnumerable<string> ofProject = Directory.Exists(own) ? Directory.GetDirectories(own).Where(HasManifest).Select(Path.GetFileName).OfType<string>() : [];
        return [.. ofProject.Concat(_versions.Names).Where(Names.IsValid).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    public IReadOnlyList<KeptVersion> ListVersions(string name) => Names.IsValid(name) ? _versions.List(name) : [];

    public bool IsWritableByAnybody(PluginManifest manifest) =>
        PluginFiles.List(manifest.Folder).Select(file => Path.Combine(manifest.Folder, file)).Prepend(manifest.Folder)
            .Any(path => new FileInfo(path) is { LinkTarget: null, UnixFileMode: var mode } && mode.HasFlag(UnixFileMode.OtherWrite));

    public Task RemoveAsync(string name) => Names.IsValid(name) ? GuardAsync(name, async () => await _versions.RemoveAsync(name)) : Task.CompletedTask;

    public async Task<int> RemoveVersionAsync(PluginReference plugin)
    {
        var count = 0;
        await GuardAsync(plugin.Name, async () => count = await _versions.RemoveAsync(plugin));
        return count;
    }

    /// <summary>Whether a plugin lies in a folder.</summary>
    public static bool HasManifest(string folder) => File.Exists(Path.Combine(folder, ManifestReader.FileName));

    private static async Task GuardAsync(string name, Func<Task> remove)
    {
        try
        {
            await remove();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FlexCoreException(new Error(ErrorCodes.StoreUnavailable, $"the copy of plugin {name} cannot be removed: {e.Message}"), e);
        }
    }

    private async Task<Result<BuildFolder>> ReserveIncomingAsync()
    {
        try
        {
            return await _versions.ReserveIncomingAsync();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return NotCopied(e);
        }
    }

    private Error NotCopied(Exception why) => new(ErrorCodes.StoreUnavailable, $"the plugin cannot be copied into {dataDirectory}: {why.Message}");

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
                    file ??= new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite });
                    await file.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    return NotCopied(e);
                }
            }
        }
        finally
        {
            if (file is not null) await file.DisposeAsync();
        }

        return file is null ? new Error(ErrorCodes.PluginArchiveRefused, "the archive is empty") : null;
    }

    private async Task<Result<RegisteredCopy>> RegisterAsync(string source, string displayName, string incoming, Func<PluginManifest, Task<Result<InstallTerms>>> admit, CancellationToken cancellationToken)
    {
        try
        {
            return await CopyAsync(source, displayName, incoming, admit, cancellationToken);
        }
        catch (InvalidDataException e)
        {
            return new Error(ErrorCodes.PluginArchiveRefused, $"{displayName} cannot be unpacked: {e.Message}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return NotCopied(e);
        }
    }

    private async Task<Result<RegisteredCopy>> CopyAsync(string source, string displayName, string incoming, Func<PluginManifest, Task<Result<InstallTerms>>> admit, CancellationToken cancellationToken)
    {
        var isArchive = File.Exists(source);
        var folder = isArchive ? await PluginArchive.UnpackAsync(source, Path.Combine(incoming, "files"), cancellationToken) : Path.GetFullPath(source);
        var read = ManifestReader.Read(folder, Path.Combine(displayName, ManifestReader.FileName), PluginStage.Source);
        if (!read.IsSuccess) return read.Errors.ToArray();
        var fresh = read.Value;
        var terms = await admit(fresh);
        if (!terms.IsSuccess) return terms.Errors.ToArray();

        await using var build = await _versions.ReserveAsync(fresh);
        if (isArchive) Directory.Move(folder, build.Path);
        else Copy(fresh.Folder, build.Path);
        if (PluginFiles.Digest(build.Path) != fresh.Digest) return new Error(ErrorCodes.FileUnreadable, $"the files of {displayName} were changed while they were copied");
        var install = fresh.Install is null ? null : await installer.RunAsync(fresh, build.Path, terms.Value, cancellationToken);
        if (install is { IsSuccess: false }) return install.Errors.ToArray();
        var copy = _versions.Read(build.Path, new PluginReference(fresh.Name, Version: null));
        if (!copy.IsSuccess) return copy.Errors.ToArray();
        build.Complete();
        await _versions.UseAsync(fresh.Name, build.Path);
        return new RegisteredCopy(copy.Value, install?.Value);
    }

    private static void Copy(string source, string target)
    {
        foreach (var path in PluginFiles.List(source))
        {
            var copy = Path.Combine(target, path);
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);

            // A link stays a link: what it points at on the host was never the plugin's to bring along.
            var file = new FileInfo(Path.Combine(source, path));
            if (file.LinkTarget is { } pointsAt) File.CreateSymbolicLink(copy, pointsAt);
            else file.CopyTo(copy);
        }
    }
}
