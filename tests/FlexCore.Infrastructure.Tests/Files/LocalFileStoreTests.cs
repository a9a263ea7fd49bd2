using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.Files;
using FlexCore.Testing;

namespace FlexCore.Infrastructure.Tests.Files;

/// <summary>A folder with files, which other processes write to, and people see.</summary>
public sealed class LocalFileStoreTests : IAsyncDisposable
{
    private readonly DataFolder _folder = new();
    private readonly LocalFileStore _store;

    public LocalFileStoreTests() => _store = Open();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Root => Path.Combine(_folder.Path, "store");

    private string Files => Path.Combine(Root, "files");

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task File_of_a_killed_process_is_whole_and_what_it_was_writing_is_removed_by_the_next_one_that_writes()
    {
        for (var round = 0; round < 4; round++)
        {
            var said = await FileWriter.KillAfterAsync(Root, puts: 2 + (round * 3));

            await using var store = Open();
            await using (var open = (await store.OpenAsync(FileWriter.Name, range: null, Token)).ShouldNotBeNull())
            {
                using var content = new MemoryStream();
                await open.Stream.CopyToAsync(content, Token);
                var value = content.ToArray()[0];
                value.ShouldBeInRange(said, (byte)(said + 1));
                content.Length.ShouldBe(FileWriter.LengthOf(value));
                content.ToArray().ShouldAllBe(each => each == value);
            }

            (await store.ListAsync("", Token).Select(file => file.Name).ToListAsync(Token)).ShouldBe([FileWriter.Name]);
            await store.PutAsync("next", Stream.Null, Token);
            Left().ShouldBe(1);
            await store.DeleteAsync("next", Token);
        }
    }

    [Fact]
    public async Task What_another_process_is_writing_is_left_to_it()
    {
        var content = new TestContent([1, 2, 3])
        {
            Before = async read =>
            {
                if (read > 0) return;
                await using var other = Open();
                await other.PutAsync("other", Stream.Null, Token);
                Left().ShouldBe(2);
            },
        };

        await _store.PutAsync("a", content, Token);

        (await _store.FindAsync("a", Token))!.Length.ShouldBe(3);
        Left().ShouldBe(1);
    }

    [Fact]
    public async Task Links_in_the_folder_lead_nowhere()
    {
        var outside = Directory.CreateDirectory(Path.Combine(_folder.Path, "outside"));
        await File.WriteAllTextAsync(Path.Combine(outside.FullName, "secret"), "secret", Token);
        await _store.PutAsync("there", Stream.Null, Token);
        File.CreateSymbolicLink(Path.Combine(Files, "link"), Path.Combine(outside.FullName, "secret"));
        File.CreateSymbolicLink(Path.Combine(Files, "folder."), outside.FullName);

        foreach (var name in new[] { "link", "folder/secret" })
        {
            (await _store.FindAsync(name, Token)).ShouldBeNull();
            (await _store.OpenAsync(name, range: null, Token)).ShouldBeNull();
        }

        (await _store.ListAsync("", Token).Select(file => file.Name).ToListAsync(Token)).ShouldBe(["there"]);
        (await Should.ThrowAsync<FlexCoreException>(async () => await _store.PutAsync("folder/new", Stream.Null, Token))).Error.Code.ShouldBe(ErrorCodes.StoreUnavailable);
        await _store.DeleteAsync("folder/secret", Token);
        await _store.PutAsync("link", new MemoryStream([1]), Token);

        outside.GetFiles().Select(file => file.Name).ShouldBe(["secret"]);
        (await File.ReadAllTextAsync(Path.Combine(outside.FullName, "secret"), Token)).ShouldBe("secret");
        (await _store.FindAsync("link", Token))!.Length.ShouldBe(1);
    }

    [Fact]
    public async Task What_is_no_file_of_ours_does_not_matter()
    {
        await _store.PutAsync("a", Stream.Null, Token);
        Directory.CreateDirectory(Path.Combine(Files, "folder"));
        Directory.CreateDirectory(Path.Combine(Files, "empty."));
        using (var pipe = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("mkfifo", [Path.Combine(Files, "pipe")]))!) await pipe.WaitForExitAsync(Token);

        (await _store.ListAsync("", Token).Select(file => file.Name).ToListAsync(Token)).ShouldBe(["a"]);
        foreach (var name in new[] { "folder", "pipe" }) (await _store.OpenAsync(name, range: null, Token)).ShouldBeNull();
    }

    [Fact]
    public async Task Folders_that_are_empty_are_removed_and_files_are_for_their_owner_alone()
    {
        await _store.PutAsync("a/b/c", Stream.Null, Token);
        File.GetUnixFileMode(Path.Combine(Files, "a.", "b.", "c")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.GetUnixFileMode(Root).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        await _store.DeleteAsync("a/b/c", Token);

        Directory.GetFileSystemEntries(Files).ShouldBeEmpty();
    }

    [Fact]
    public async Task Puts_and_deletions_in_one_folder_do_not_disturb_each_other()
    {
        await using var other = Open();
        await Parallel.ForEachAsync(Enumerable.Range(0, 400), new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Token }, async (number, token) =>
        {
            var store = number % 2 == 0 ? _store : other;
            await store.PutAsync($"a/b/{number}", Stream.Null, token);
            await store.DeleteAsync($"a/b/{number}", token);
        });

        (await _store.ListAsync("", Token).CountAsync(Token)).ShouldBe(0);
    }

    [Fact]
    public async Task Disk_that_is_full_is_an_error_and_leaves_what_was_there()
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder.Path, "small")).FullName;
        await using var disk = await SmallDisk.Mount(folder);
        await using var store = new LocalFileStore(new FilesOptions { Local = { Path = folder } }, TimeProvider.System);
        await store.PutAsync("a", new MemoryStream([1]), Token);

        (await Should.ThrowAsync<FlexCoreException>(async () => await store.PutAsync("a", new MemoryStream(new byte[8 * 1024 * 1024]), Token))).Error.Code.ShouldBe(ErrorCodes.DiskFull);

        (await store.FindAsync("a", Token))!.Length.ShouldBe(1);
        await store.PutAsync("a", new MemoryStream([1, 2]), Token);
    }

    [Fact]
    public void Store_without_a_key_makes_no_links() => Should.Throw<InvalidOperationException>(() => _store.CreateLink("a", FileLinkUse.Get, TimeSpan.FromMinutes(1)));

    // One for each process that has written and lives.
    private int Left() => Directory.GetDirectories(Path.Combine(Root, "uploads")).Length;

    private LocalFileStore Open() => new(new FilesOptions { Local = { Path = Root } }, TimeProvider.System);
}
