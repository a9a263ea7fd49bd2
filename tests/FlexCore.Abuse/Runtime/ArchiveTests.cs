namespace FlexCore.Abuse.Runtime;

/// <summary>Plugins that come as archives which write elsewhere when they are unpacked. Each does so when it is unpacked as it says.</summary>
public sealed class ArchiveTests
{
    // Makes an archive, and unpacks another copy of it in the way of those who believe names and links.
    private const string Make = """
        import io, os, sys, tarfile, zipfile
        kind, name, archive, believer = sys.argv[1:]
        files = [('plugin.yaml', b'name: job\nversion: 1.0.0\nkind: task\nprotocol: task\ncommand: [sh]\n'), (name, b'planted')]
        if kind == 'zip':
            with zipfile.ZipFile(archive, 'w') as made:
                for entry, content in files: made.writestr(entry, content)
            entries = [(info.filename, None, made_content) for (info, (_, made_content)) in zip(zipfile.ZipFile(archive).infolist(), files)]
        else:
            with tarfile.open(archive, 'w:gz') as made:
                if kind == 'link':
                    link = tarfile.TarInfo('way'); link.type = tarfile.SYMTYPE; link.linkname = '..'
                    made.addfile(link)
                for entry, content in files:
                    info = tarfile.TarInfo(entry); info.size = len(content)
                    made.addfile(info, io.BytesIO(content))
            with tarfile.open(archive) as read: entries = [(info.name, info.linkname or None, None if info.issym() else read.extractfile(info).read()) for info in read]
        for entry, link, content in entries:
            place = os.path.join(believer, entry)
            if link: os.symlink(link, place)
            else:
                os.makedirs(os.path.dirname(place), exist_ok=True)
                with open(place, 'wb') as file: file.write(content)
        """;

    [Theory]
    [InlineData("zip", "../planted")]
    [InlineData("zip", "lib/../../planted")]
    [InlineData("tar", "../planted")]
    [InlineData("tar", "./lib/../../planted")]
    [InlineData("link", "way/planted")]
    public async Task Archive_that_writes_outside_of_its_folder_is_refused_and_leaves_nothing(string kind, string name)
    {
        using var project = new TestProject();
        Directory.CreateDirectory(project.PathOf("believer/folder"));
        (await Command.RunAsync("/usr/bin/python3", ["-c", Make, kind, name, project.PathOf("job.archive"), project.PathOf("believer/folder")], project.Folder)).ShouldExitWith(0);
        File.ReadAllText(project.PathOf("believer/planted")).ShouldBe("planted");

        var result = await project.FlexCoreAsync("plugin", "add", "job.archive");

        result.ShouldExitWith(2).Error.ShouldContain("FX1024");
        (await Command.RunAsync("/usr/bin/find", [project.Folder, "-name", "planted"], "/")).Output.Trim().ShouldBe(project.PathOf("believer/planted"));
        Directory.GetFiles(project.PathOf(".flexcore/plugins"), "*", SearchOption.AllDirectories).ShouldBeEmpty();
    }
}
