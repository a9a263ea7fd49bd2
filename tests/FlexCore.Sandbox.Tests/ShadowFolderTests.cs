namespace FlexCore.Sandbox.Tests;

/// <summary>A folder is replaced as a whole or not at all.</summary>
public sealed class ShadowFolderTests : IDisposable
{
    private readonly string _around = Directory.CreateTempSubdirectory("flexcore-shadow-").FullName;

    private string Folder => Path.Combine(_around, "out");

    public void Dispose() => Directory.Delete(_around, recursive: true);

    [Fact]
    public async Task What_was_written_beside_a_folder_takes_its_place_and_the_old_content_is_gone()
    {
        Write("out", "a", "old");
        var shadow = await ShadowFolder.CreateAsync(Folder, "me");
        File.WriteAllText(Path.Combine(shadow.Path, "a"), "new");
        File.WriteAllText(Path.Combine(shadow.Path, "b"), "more");
        Read("out", "a").ShouldBe("old");

        await shadow.ReplaceAsync();

        Read("out", "a").ShouldBe("new");
        (await ShadowFolder.CleanAsync(Folder, "me")).ShouldBeNull();
        Directory.EnumerateFileSystemEntries(_around).ShouldHaveSingleItem();
        await shadow.RemoveAsync();
        Read("out", "a").ShouldBe("new");
    }

    [Fact]
    public async Task Old_content_without_a_counterpart_is_never_removed()
    {
        Write("out", "a", "old");
        Write("out", "notes.txt", "somebody's");
        var shadow = await ShadowFolder.CreateAsync(Folder, "me");
        File.WriteAllText(Path.Combine(shadow.Path, "a"), "new");

        await shadow.ReplaceAsync();
        var kept = (await ShadowFolder.CleanAsync(Folder, "me")).ShouldNotBeNull();

        File.ReadAllText(Path.Combine(kept, "notes.txt")).ShouldBe("somebody's");
        File.ReadAllText(Path.Combine(kept, "a")).ShouldBe("old");
        (await ShadowFolder.CleanAsync(Folder, "me")).ShouldBeNull();
        Directory.Exists(kept).ShouldBeTrue("the next run leaves it alone");
    }

    [Theory]
    [InlineData("me-shadow", false)]
    [InlineData("me-swap", false)]
    [InlineData("other-shadow", true)]
    public async Task What_a_killed_process_left_is_removed_by_its_next_run_and_what_others_are_at_is_not(string left, bool stays)
    {
        Write("out", "a", "whole");
        Write($".out.{left}", "a", "left");

        (await ShadowFolder.CleanAsync(Folder, "me")).ShouldBeNull();

        Directory.Exists(Path.Combine(_around, $".out.{left}")).ShouldBe(stays);
        Read("out", "a").ShouldBe("whole");
    }

    [Fact]
    public async Task Old_content_that_a_process_killed_right_behind_the_exchange_left_is_kept_where_it_has_no_counterpart()
    {
        Write("out", "a", "new");
        Write(".out.me-swap", "notes.txt", "somebody's");

        var kept = (await ShadowFolder.CleanAsync(Folder, "me")).ShouldNotBeNull();

        File.ReadAllText(Path.Combine(kept, "notes.txt")).ShouldBe("somebody's");
    }

    [Fact]
    public async Task Shadow_has_the_owner_and_permissions_of_its_folder()
    {
        Write("out", "a", "old");
        var mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.SetGroup;
        if (Environment.IsPrivilegedProcess) Libc.ThrowIfFailed(Libc.Chown(Folder, 1234, 4321), "chown");
        File.SetUnixFileMode(Folder, mode);

        var shadow = await ShadowFolder.CreateAsync(Folder, "me");

        File.GetUnixFileMode(shadow.Path).ShouldBe(mode);
        Libc.GetOwner(shadow.Path).ShouldBe(Libc.GetOwner(Folder));
    }

    [Fact]
    public async Task Link_in_the_place_of_a_shadow_is_not_followed()
    {
        Write("out", "a", "old");
        Write("elsewhere", "a", "somebody's");
        Directory.CreateSymbolicLink(Path.Combine(_around, ".out.me-shadow"), Path.Combine(_around, "elsewhere"));
        Directory.CreateSymbolicLink(Path.Combine(_around, ".out.me-swap"), Path.Combine(_around, "elsewhere"));

        var shadow = await ShadowFolder.CreateAsync(Folder, "me");
        await shadow.ReplaceAsync();

        Read("elsewhere", "a").ShouldBe("somebody's");
        new DirectoryInfo(Folder).LinkTarget.ShouldBeNull();
    }

    [Fact]
    public async Task Mount_point_is_refused_before_anything_is_written()
    {
        var refused = await Should.ThrowAsync<IOException>(() => ShadowFolder.CreateAsync("/dev/shm", "me"));
        refused.Message.ShouldContain("is a mount point");
    }

    private void Write(string folder, string name, string content)
    {
        Directory.CreateDirectory(Path.Combine(_around, folder));
        File.WriteAllText(Path.Combine(_around, folder, name), content);
    }

    private string Read(string folder, string name) => File.ReadAllText(Path.Combine(_around, folder, name));
}
