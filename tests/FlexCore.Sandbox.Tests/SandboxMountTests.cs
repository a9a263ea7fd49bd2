namespace FlexCore.Sandbox.Tests;

public sealed class SandboxMountTests : IDisposable
{
    // Like a project of root: nobody else may enter it.
    private readonly string _folder = Directory.CreateTempSubdirectory("flexcore-mounts-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Folder_that_only_its_owner_may_enter_is_read_and_written_and_new_files_belong_to_its_owner()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "in.txt"), "hello", TestContext.Current.CancellationToken);
        Libc.SetMode(Path.Combine(_folder, "in.txt"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await using var host = Plugin.NewHost();

        await host.OutputAsync(Plugin.Python("""
            import os
            os.mkdir('deep')
            open('deep/out.txt', 'w').write(open('in.txt').read().upper())
            os.remove('in.txt')
            """) with
        { Mounts = [new SandboxMount(_folder, _folder, Writable: true)], WorkingDirectory = _folder });

        var file = Path.Combine(_folder, "deep", "out.txt");
        (await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).ShouldBe("HELLO");
        Libc.GetOwner(file).UserId.ShouldBe(Libc.GetEffectiveUserId());
        Libc.GetOwner(file).GroupId.ShouldBe(Libc.GetOwner(_folder).GroupId);
        File.Exists(Path.Combine(_folder, "in.txt")).ShouldBeFalse();
    }

    [Fact]
    public async Task Read_only_folder_and_file_cannot_be_changed()
    {
        var file = Path.Combine(_folder, "in.txt");
        await File.WriteAllTextAsync(file, "hello", TestContext.Current.CancellationToken);
        await using var host = Plugin.NewHost();

        var output = await host.OutputAsync(Plugin.Python("""
            import errno, os
            print(open('/data/in.txt').read(), open('/tmp/one.txt').read())
            for path in ('/data/new', '/data/in.txt', '/tmp/one.txt'):
                try: os.close(os.open(path, os.O_CREAT | os.O_WRONLY))
                except OSError as e: print(errno.errorcode[e.errno])
            """) with
        { Mounts = [new SandboxMount(_folder, "/data", Writable: false), new SandboxMount(file, "/tmp/one.txt", Writable: false)] });

        output.ShouldBe("hello hello\nEROFS\nEROFS\nEROFS\n");
    }

    [Fact]
    public async Task Program_with_a_slash_is_found_in_the_working_directory()
    {
        var program = Path.Combine(_folder, "run.sh");
        await File.WriteAllTextAsync(program, "#!/bin/sh\necho \"from $PWD\"\n", TestContext.Current.CancellationToken);
        Libc.SetMode(program, Libc.OwnerOnly);
        await using var host = Plugin.NewHost();

        var output = await host.OutputAsync(Plugin.Shell("") with
        {
            Command = ["./run.sh"],
            WorkingDirectory = _folder,
            Mounts = [new SandboxMount(_folder, _folder, Writable: false)],
        });

        output.ShouldBe($"from {_folder}\n");
    }

    [Fact]
    public async Task Setuid_and_setgid_bits_are_refused_in_every_way()
    {
        await using var host = Plugin.NewHost();

        var output = await host.OutputAsync(Plugin.Python("""
            import ctypes, errno, os, platform
            arm = platform.machine() == 'aarch64'
            def attempt(action):
                try: action(); print('allowed')
                except OSError as e: print(errno.errorcode[e.errno])
            def fchmodat2():
                libc = ctypes.CDLL(None, use_errno=True)
                if libc.syscall(452, -100, b'f', 0o4755, 0) < 0: raise OSError(ctypes.get_errno(), 'fchmodat2')
            open('f', 'w').close()
            attempt(lambda: os.chmod('f', 0o4755))
            attempt(lambda: os.chmod('f', 0o2755))
            attempt(lambda: os.fchmod(os.open('f', os.O_RDONLY), 0o4755))
            attempt(fchmodat2)
            attempt(lambda: os.open('g', os.O_CREAT | os.O_WRONLY, 0o4755))
            attempt(lambda: os.open('.', os.O_TMPFILE | os.O_WRONLY, 0o4755))
            attempt(lambda: os.mknod('h', 0o4755))
            attempt(lambda: os.mkfifo('i'))
            os.chmod('f', 0o755)
            """) with
        { Mounts = [new SandboxMount(_folder, _folder, Writable: true)], WorkingDirectory = _folder });

        output.ShouldBe(string.Concat(Enumerable.Repeat("EPERM\n", 8)));
        Directory.EnumerateFiles(_folder).ShouldBe([Path.Combine(_folder, "f")]);
        (Libc.GetOwner(Path.Combine(_folder, "f")).Mode & 0xFFF).ShouldBe(0x1ED); // 0755
    }

    [Fact]
    public async Task Hidden_folder_and_file_are_empty_and_what_is_mounted_below_is_seen()
    {
        var data = Directory.CreateDirectory(Path.Combine(_folder, ".data", "work")).Parent!.FullName;
        await File.WriteAllTextAsync(Path.Combine(data, "events.db"), "secret", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(_folder, ".env"), "secret", TestContext.Current.CancellationToken);
        await using var host = Plugin.NewHost();

        var output = await host.OutputAsync(Plugin.Python("""
            import errno, os
            print(os.listdir('.data'), repr(open('.env').read()))
            for path in ('.data/new', '.env'):
                try: open(path, 'w'); print('wrote')
                except OSError as e: print(errno.errorcode[e.errno])
            open('.data/work/batch', 'w').write('x')
            """) with
        {
            Mounts = [new SandboxMount(Path.Combine(data, "work"), Path.Combine(data, "work"), Writable: true), new SandboxMount(_folder, _folder, Writable: true)],
            WorkingDirectory = _folder,
            HiddenPaths = [data, Path.Combine(_folder, ".env"), Path.Combine(_folder, "no-such"), "/etc"],
        });

        output.ShouldBe("['work'] ''\nEROFS\nEROFS\n");
        File.Exists(Path.Combine(data, "work", "batch")).ShouldBeTrue();
    }

    [Fact]
    public async Task Hidden_path_named_by_a_link_is_hidden_too()
    {
        var data = Directory.CreateDirectory(Path.Combine(_folder, "real", ".data")).FullName;
        await File.WriteAllTextAsync(Path.Combine(data, "events.db"), "secret", TestContext.Current.CancellationToken);
        var link = Path.Combine(_folder, "link");
        Directory.CreateSymbolicLink(link, Path.Combine(_folder, "real"));
        await using var host = Plugin.NewHost();

        var output = await host.OutputAsync(Plugin.Shell("ls -A /project/.data") with
        {
            Mounts = [new SandboxMount(Path.Combine(_folder, "real"), "/project", Writable: true)],
            HiddenPaths = [Path.Combine(link, ".data")],
        });

        output.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/proc/x")]
    [InlineData("/dev")]
    [InlineData("/run")]
    [InlineData("relative")]
    [InlineData("/a/../b")]
    [InlineData("/a/")]
    public async Task Mount_point_that_would_undo_the_sandbox_is_refused(string path)
    {
        await using var host = Plugin.NewHost();
        var spec = Plugin.Shell("true") with { Mounts = [new SandboxMount(_folder, path, Writable: false)] };

        await Should.ThrowAsync<SandboxMountException>(async () => await host.StartAsync(spec));
    }

    [Theory]
    [InlineData("link")]
    [InlineData("link/below")]
    public async Task Mount_that_goes_through_a_link_is_refused(string source)
    {
        await using var host = Plugin.NewHost();
        Directory.CreateDirectory(Path.Combine(_folder, "real", "below"));
        Directory.CreateSymbolicLink(Path.Combine(_folder, "link"), Path.Combine(_folder, "real"));
        var spec = Plugin.Shell("true") with { Mounts = [new SandboxMount(Path.Combine(_folder, source), "/data", Writable: false)] };

        (await Should.ThrowAsync<SandboxMountException>(async () => await host.StartAsync(spec))).Message.ShouldContain("symbolic link");
    }

    [Fact]
    public async Task Mount_of_what_does_not_exist_is_refused()
    {
        await using var host = Plugin.NewHost();
        var spec = Plugin.Shell("true") with { Mounts = [new SandboxMount(Path.Combine(_folder, "no-such"), "/data", Writable: false)] };

        await Should.ThrowAsync<SandboxMountException>(async () => await host.StartAsync(spec));
    }

    [Fact]
    public async Task Mount_points_on_the_host_are_gone_after_the_end_and_closed_to_others_before()
    {
        Plugin.SkipUnlessRoot();
        var runtime = Plugin.NewRuntimeDirectory();
        var mounts = Path.Combine(runtime, "mounts");
        await using var host = Plugin.NewHost(new SandboxHostOptions { RuntimeDirectory = runtime });
        await using (var process = await host.StartAsync(
            Plugin.Shell("ls -d /data; read x") with { Mounts = [new SandboxMount(_folder, "/data", Writable: false)] }, TestContext.Current.CancellationToken))
        {
            (await Plugin.ReadLineAsync(process.Output)).ShouldBe("/data");
            var point = Directory.EnumerateDirectories(mounts).Single();
            (Libc.GetOwner(point).Mode & 0x1FF).ShouldBe(0x1C8); // 0710, for the plugin's own group
            Libc.GetOwner(point).GroupId.ShouldBe((uint)process.HostUid!.Value);
        }

        Directory.EnumerateFileSystemEntries(mounts).ShouldBeEmpty();
        (await File.ReadAllTextAsync("/proc/self/mounts", TestContext.Current.CancellationToken)).ShouldNotContain(runtime);
        Directory.Delete(runtime, recursive: true);
    }
}
