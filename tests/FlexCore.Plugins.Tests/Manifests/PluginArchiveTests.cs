using System.Formats.Tar;
using System.IO.Compression;
using FlexCore.Application.Ports;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;
using FlexCore.Plugins.Manifests;

namespace FlexCore.Plugins.Tests.Manifests;

public sealed class PluginArchiveTests : IDisposable
{
    private const string Manifest = "name: job\nversion: 1.0.0\nkind: task\nprotocol: task\ncommand: [./run.sh]\n";
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("flexcore-archive-");

    [Theory]
    [InlineData("zip", "")]
    [InlineData("tar", "")]
    [InlineData("tar.gz", "")]
    [InlineData("zip", "job-1.0.0/")]
    [InlineData("tar.gz", "./job-1.0.0/")]
    public async Task Plugin_in_an_archive_is_registered_as_its_folder_would_be(string format, string top)
    {
        var archive = Pack(format, [(top + "plugin.yaml", Manifest, 0x1A4), (top + "run.sh", "#!/bin/sh\n", 0xDED), (top + "lib/part.txt", "text", 0x1A4), (top + ".git/config", "no part of it", 0x1A4)]);
        Directory.CreateDirectory(PathOf("plain/lib"));
        File.WriteAllText(PathOf("plain/plugin.yaml"), Manifest);
        File.WriteAllText(PathOf("plain/lib/part.txt"), "text");
        File.WriteAllText(PathOf("plain/run.sh"), "#!/bin/sh\n");
        File.SetUnixFileMode(PathOf("plain/run.sh"), UnixFileMode.UserRead | UnixFileMode.UserExecute);

        var added = await Folders("data").RegisterAsync(archive, Some, TestContext.Current.CancellationToken);
        var plain = await Folders("other").RegisterAsync(PathOf("plain"), Some, TestContext.Current.CancellationToken);

        added.IsSuccess.ShouldBeTrue(string.Join('\n', added.Errors));
        (added.Value.Manifest.RegisteredFolder, Path.GetDirectoryName(added.Value.Manifest.Folder)).ShouldBe((PathOf("data/plugins/job"), PathOf("data/plugins/.versions/job")));
        added.Value.Manifest.Digest.ShouldBe(plain.Value.Manifest.Digest);
        File.GetUnixFileMode(PathOf("data/plugins/job/run.sh")).ShouldBe(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        Directory.GetFileSystemEntries(PathOf("data/plugins/.versions/job")).ShouldHaveSingleItem();
        Directory.GetFileSystemEntries(PathOf("data/plugins/.incoming")).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("../out")]
    [InlineData("lib/../../out")]
    [InlineData("/out")]
    [InlineData("lib//out")]
    [InlineData("..\\out")]
    [InlineData("line\nbreak")]
    [InlineData("plugin.yaml")]
    [InlineData("plugin.yaml/out")]
    public async Task Entry_whose_name_leads_elsewhere_or_is_there_twice_refuses_the_archive(string name)
    {
        foreach (var format in (string[])["zip", "tar"])
        {
            var archive = Pack(format, [("plugin.yaml", Manifest, 0x1A4), (name, "planted", 0x1A4)]);

            await RefusedAsync(archive);
        }
    }

    [Theory]
    [InlineData(TarEntryType.SymbolicLink)]
    [InlineData(TarEntryType.HardLink)]
    [InlineData(TarEntryType.Fifo)]
    [InlineData(TarEntryType.CharacterDevice)]
    public async Task What_is_neither_file_nor_folder_refuses_the_archive(TarEntryType type)
    {
        using (var tar = new TarWriter(File.Create(PathOf("job.tar"))))
        {
            var entry = new PaxTarEntry(type, "way");
            if (type is TarEntryType.SymbolicLink or TarEntryType.HardLink) entry.LinkName = _folder.FullName;
            tar.WriteEntry(entry);
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "way/out") { DataStream = new MemoryStream("planted"u8.ToArray()) });
        }

        await RefusedAsync(PathOf("job.tar"));
    }

    [Theory]
    [InlineData("part.txt")]
    [InlineData("one/two/plugin.yaml")]
    public async Task Archive_without_a_manifest_where_it_belongs_is_refused(string name) => await RefusedAsync(Pack("tar.gz", [(name, Manifest, 0x1A4)]));

    [Fact]
    public async Task Link_in_a_zip_refuses_it() => await RefusedAsync(Pack("zip", [("way", "/etc", 0xA1FF)]));

    [Fact]
    public async Task Archive_that_is_small_and_holds_more_than_a_plugin_can_be_is_refused()
    {
        using (var tar = new TarWriter(new GZipStream(File.Create(PathOf("job.tar.gz")), CompressionLevel.Fastest)))
        {
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "zeros") { DataStream = new ZeroStream(PluginArchive.MaxBytes + 1) });
        }

        new FileInfo(PathOf("job.tar.gz")).Length.ShouldBeLessThan(10 << 20);
        await RefusedAsync(PathOf("job.tar.gz"));
    }

    [Fact]
    public async Task Archive_with_more_entries_than_a_plugin_has_is_refused() =>
        await RefusedAsync(Pack("zip", [.. Enumerable.Range(0, PluginArchive.MaxEntries + 1).Select(i => ($"{i}", "", 0x1A4))]));

    [Theory]
    [InlineData("zip")]
    [InlineData("tar")]
    [InlineData("tar.gz")]
    public void Damaged_archive_is_refused_or_stays_in_its_folder(string format)
    {
        var good = File.ReadAllBytes(Pack(format, [("plugin.yaml", Manifest, 0x1A4), ("lib/part.txt", "text", 0x1A4)]));
        Directory.CreateDirectory(PathOf("damaged"));

        Mutations.Run(good, 11, Unpack, copies: 300);

        void Unpack(byte[] bytes)
        {
            File.WriteAllBytes(PathOf("damaged/job"), bytes);
            try
            {
                PluginArchive.UnpackAsync(PathOf("damaged/job"), PathOf("damaged/unpacked"), CancellationToken.None).GetAwaiter().GetResult();
            }
            catch (Exception e) when (e is InvalidDataException or IOException)
            {
                // Refused.
            }

            Directory.GetFileSystemEntries(PathOf("damaged")).Length.ShouldBe(2);
            Directory.Delete(PathOf("damaged/unpacked"), recursive: true);
        }
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static Task<Result<InstallTerms>> Some(PluginManifest plugin) => Task.FromResult<Result<InstallTerms>>(new InstallTerms(Isolation.Full, plugin.Limits, _ => { }));

    private PluginFolders Folders(string data) => new(PathOf(data), _folder.FullName, Project.NoInstaller, _ => null);

    private async Task RefusedAsync(string archive)
    {
        Directory.CreateDirectory(PathOf("data"));
        var before = _folder.GetFileSystemInfos().Length;

        var added = await Folders("data").RegisterAsync(archive, Some, TestContext.Current.CancellationToken);

        added.Errors.ShouldHaveSingleItem().Code.Name.ShouldBe("PluginArchiveRefused");
        _folder.GetFileSystemInfos().Length.ShouldBe(before);
        Directory.GetFileSystemEntries(PathOf("data/plugins")).ShouldBe([PathOf("data/plugins/.incoming")]);
        Directory.GetFileSystemEntries(PathOf("data/plugins/.incoming")).ShouldBeEmpty();
        File.Exists("/out").ShouldBeFalse();
    }

    private string Pack(string format, (string Name, string Content, int Mode)[] entries)
    {
        var path = PathOf($"job.{format}");
        if (format == "zip")
        {
            using var zip = new ZipArchive(File.Create(path), ZipArchiveMode.Create);
            foreach (var (name, content, mode) in entries)
            {
                var entry = zip.CreateEntry(name);
                entry.ExternalAttributes = mode << 16;
                using var writer = new StreamWriter(entry.Open());
                writer.Write(content);
            }

            return path;
        }

        Stream file = File.Create(path);
        using var tar = new TarWriter(format == "tar" ? file : new GZipStream(file, CompressionLevel.Fastest));
        foreach (var (name, content, mode) in entries)
        {
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { Mode = (UnixFileMode)(mode & 0xFFF), DataStream = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(content)) });
        }

        return path;
    }

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);

    /// <summary>Zeros without end, but for the length that it says.</summary>
    private sealed class ZeroStream(long length) : Stream
    {
        public override bool CanRead => true;
        public override bool CanSeek => true;
        public override bool CanWrite => false;
        public override long Length => length;
        public override long Position { get; set; }

        public override int Read(byte[] buffer, int offset, int count)
        {
            count = (int)Math.Min(count, length - Position);
            Array.Clear(buffer, offset, count);
            Position += count;
            return count;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
