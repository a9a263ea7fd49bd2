namespace FlexCore.Sandbox.Supervision;

/// <summary>
/// Real folders for programs that have no file system of their own: for each one, with what the tmpfs of a sandbox would hold. Only the runtime's user can enter them, and
/// all that leads there must be his: others may have made it before, in <c>/tmp</c> above all.
/// </summary>
internal sealed class PrivateFolders
{
    private const UnixFileMode ReadOnly = UnixFileMode.UserRead;
    private const UnixFileMode OthersMayChange = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    private readonly string _runtimeDirectory;
    private readonly string _root;

    public PrivateFolders(string runtimeDirectory)
    {
        var path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(runtimeDirectory));
        var parent = Path.GetDirectoryName(path) ?? "/";
        _runtimeDirectory = Path.Combine(HostPath.Resolve(parent) ?? parent, Path.GetFileName(path));
        _root = Path.Combine(_runtimeDirectory, "private");
    }

    /// <summary>Names a folder that no other program has; it is made by <see cref="Make"/>.</summary>
    public SandboxPlace Reserve(SandboxLevel level) => new(level, Path.Combine(_root, RuntimeIdentity.NextName()));

    /// <summary>Makes the folder of a place, with private files in it.</summary>
    public void Make(SandboxPlace place, IReadOnlyList<SandboxFile> files)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_runtimeDirectory) ?? "/");
        foreach (var folder in (string[])[_runtimeDirectory, _root])
        {
            Libc.MakeDirectory(folder, Libc.OwnerOnly);
            var owner = Libc.GetOwner(folder);
            if (new FileInfo(folder).LinkTarget is not null || owner.UserId != Libc.GetEffectiveUserId() || ((UnixFileMode)owner.Mode & OthersMayChange) != UnixFileMode.None)
                throw new IOException($"'{folder}' can be changed by others; remove it");
        }

        foreach (var folder in (string[])[place.Folder, place.RunFolder, place.Home, place.Temp]) Directory.CreateDirectory(folder, Libc.OwnerOnly);
        foreach (var file in files) Write(file);
    }

    /// <summary>Removes what runtimes have left that were killed.</summary>
    public async Task RemoveAbandonedAsync()
    {
        if (!Directory.Exists(_root)) return;
        foreach (var folder in Directory.GetDirectories(_root).Where(path => RuntimeIdentity.IsAbandoned(Path.GetFileName(path))))
            await UntrustedFiles.RemoveFolderAsync(folder).ConfigureAwait(false);
    }

    private static void Write(SandboxFile file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file.Path)!, Libc.OwnerOnly);
        using var stream = new FileStream(file.Path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = ReadOnly });
        stream.Write(file.Content.Span);
    }
}
