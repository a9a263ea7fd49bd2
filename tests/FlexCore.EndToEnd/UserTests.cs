namespace FlexCore.EndToEnd;

/// <summary>Whoever starts it: root or a normal user, a plugin is confined and its files belong to whom they should.</summary>
public sealed class UserTests
{
    private const string LookAround =
        """
        import json, os
        status = dict(line.split(":\t", 1) for line in open("/proc/self/status").read().splitlines() if ":\t" in line)
        def tries(path):
            try: open(path, "a").close(); return "writable"
            except OSError as e: return os.strerror(e.errno)
        json.dump({"caps": status["CapEff"].strip(), "nnp": status["NoNewPrivs"].strip(), "seccomp": status["Seccomp"].strip(),
          "core_pattern": tries("/proc/sys/kernel/core_pattern"), "root": tries("/x"), "usr": tries("/usr/x"),
          "etc": sorted(os.listdir("/etc")), "host_root": os.path.exists("/root/.bashrc"), "env": sorted(os.environ), "cwd": os.getcwd(),
          "net": sorted(os.listdir("/sys/class/net")) if os.path.exists("/sys") else [l.split(":")[0].strip() for l in open("/proc/net/dev").readlines()[2:]]},
          open(os.environ["FLEXCORE_OUTPUT"], "w"))
        """;

    [Fact]
    public async Task Plugin_started_by_root_runs_under_a_host_uid_of_its_own()
    {
        Repository.RequireRoot();
        using var project = new TestProject().Task(LookAround);
        (await project.RunAsync()).ShouldExitWith(0);
        var seen = (await project.EventsAsync("--type", "StepSucceeded"))[0].GetProperty("data").GetProperty("output");
        ShouldBeConfined(seen);
        var hostUid = (await project.EventsAsync("--type", "PluginExecutionStarted"))[0].GetProperty("data").GetProperty("host_uid").GetInt32();
        hostUid.ShouldBeGreaterThanOrEqualTo(200_000);
        seen.GetProperty("cwd").GetString().ShouldBe(project.PathOf("plugins/job"));
    }

    [Fact]
    public async Task Normal_user_gets_the_same_isolation()
    {
        Repository.RequireRoot();
        using var project = new TestProject().Task(LookAround);
        await NormalUser.OwnAsync(project.Folder);
        var result = (await NormalUser.FlexCoreAsync(project, "run", "pipeline.yaml", "--json")).ShouldExitWith(0);
        result.Json.GetProperty("steps")[0].GetProperty("plugins")[0].GetProperty("isolation").GetString().ShouldBe("sandbox");
        var output = (await NormalUser.FlexCoreAsync(project, "events", "list", "--type", "StepSucceeded", "--json")).ShouldExitWith(0).Json[0].GetProperty("data").GetProperty("output");
        ShouldBeConfined(output);
    }

    [Fact]
    public async Task Normal_user_runs_a_sync_and_owns_what_it_wrote()
    {
        Repository.RequireRoot();
        using var project = new TestProject().Sync();
        await NormalUser.OwnAsync(project.Folder);
        (await NormalUser.FlexCoreAsync(project, "run", "pipeline.yaml")).ShouldExitWith(0);
        (await OwnerOfAsync(project.PathOf("out/received"))).ShouldBe(NormalUser.Id);
        (await NormalUser.FlexCoreAsync(project, "doctor", "--json")).ShouldExitWith(0).Json.GetProperty("isolation").GetString().ShouldBe("sandbox");
    }

    [Fact]
    public async Task Project_in_a_closed_folder_of_root_works_and_its_files_stay_roots()
    {
        Repository.RequireRoot();
        using var project = new TestProject("/root").Sync();
        File.SetUnixFileMode(project.Folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        (await project.RunAsync()).ShouldExitWith(0);
        project.Received.ShouldContain("RECORD");
        (await OwnerOfAsync(project.PathOf("out/received"))).ShouldBe(0);
        (await OwnerOfAsync(project.PathOf("out"))).ShouldBe(0);
    }

    [Fact]
    public async Task Plugin_cannot_leave_a_setuid_file_in_a_folder_that_it_may_write()
    {
        Repository.RequireRoot();
        using var project = new TestProject("/root").Sync(target:
            """
            import json, os, sys
            sys.stdin.read()
            path = json.load(open(sys.argv[2]))["path"] + "/evil"
            open(path, "w").close()
            for mode in (0o4755, 0o2755, 0o6777):
                try: os.chmod(path, mode); print("CHANGED")
                except OSError: pass
            """);
        (await project.RunAsync()).ShouldExitWith(0);
        (File.GetUnixFileMode(project.PathOf("out/evil")) & (UnixFileMode.SetUser | UnixFileMode.SetGroup)).ShouldBe(UnixFileMode.None);
    }

    [Fact]
    public async Task Plugin_sees_what_it_was_granted_and_nothing_else()
    {
        using var project = new TestProject()
            .Write("granted/a.txt", "yes")
            .Write("secret/b.txt", "no")
            .Task(
                $$"""
                import json, os
                def read(p):
                    try: return open(p).read()
                    except OSError as e: return os.strerror(e.errno)
                def write(p):
                    try: open(p, "w").close(); return "written"
                    except OSError as e: return os.strerror(e.errno)
                base = json.loads(input())["input"]["path"]
                up = os.path.dirname(base)
                json.dump({"granted": read(base + "/a.txt"), "change": write(base + "/a.txt"), "secret": read(up + "/secret/b.txt"), "siblings": sorted(os.listdir(up)), "own": write("plugin.py")}, open(os.environ["FLEXCORE_OUTPUT"], "w"))
                """,
                "capabilities: { read: [\"${input.path}\"] }",
                "{ plugin: job, input: { path: ./granted } }");
        File.AppendAllText(project.PipelineFile, "grants: { job: { read: [./granted] } }\n");
        (await project.RunAsync()).ShouldExitWith(0);
        var seen = (await project.EventsAsync("--type", "StepSucceeded"))[0].GetProperty("data").GetProperty("output");
        seen.GetProperty("granted").GetString().ShouldBe("yes");
        seen.GetProperty("change").GetString().ShouldBe("Read-only file system");
        seen.GetProperty("secret").GetString().ShouldBe("No such file or directory");
        seen.GetProperty("siblings").EnumerateArray().Select(item => item.GetString()).ShouldBe(["granted", "plugins"]);
        seen.GetProperty("own").GetString().ShouldBe("Read-only file system");
    }

    [Fact]
    public async Task Data_directory_inside_a_granted_folder_stays_hidden()
    {
        using var project = new TestProject().Task(
            "import json, os\njson.dump({'seen': os.listdir(json.loads(input())['input']['path'] + '/.flexcore')}, open(os.environ['FLEXCORE_OUTPUT'], 'w'))",
            "capabilities: { write: [\"${input.path}\"] }",
            "{ plugin: job, input: { path: . } }");
        File.AppendAllText(project.PipelineFile, "grants: { job: { write: [.] } }\n");
        (await project.RunAsync()).ShouldExitWith(0);
        (await project.EventsAsync("--type", "StepSucceeded"))[0].GetProperty("data").GetProperty("output").GetProperty("seen").GetArrayLength().ShouldBe(0);
    }

    [Theory]
    [InlineData("read", "data.txt")]
    [InlineData("write", "folder")]
    public async Task Link_that_one_plugin_plants_leads_another_nowhere(string access, string planted)
    {
        using var secret = new TestProject().Write("key", "top-secret");
        using var project = new TestProject()
            .Plugin("planter", "task", $"import json, os\nout = json.load(open(0))['input']['path']\nos.symlink('{secret.PathOf("key")}', out + '/data.txt')\nos.symlink('{secret.Folder}', out + '/folder')", "capabilities: { write: [\"${input.path}\"] }")
            .Plugin("victim", "task", "import json, os\np = json.load(open(0))['input']['path']\nopen(p + '/written', 'w') if os.path.isdir(p) else print(open(p).read())", $"capabilities: {{ {access}: [\"${{input.path}}\"] }}")
            .Write(
                "pipeline.yaml",
                $$"""
                name: p
                grants: { planter: { write: [./out] }, victim: { {{access}}: [./out] } }
                steps:
                  - { id: plant, task: { plugin: planter, input: { path: ./out } } }
                  - { id: use, needs: [plant], task: { plugin: victim, input: { path: ./out/{{planted}} } } }
                """);
        var first = (await project.RunAsync()).ShouldExitWith(1);
        first.Error.ShouldContain("error[FX2014]");
        first.Error.ShouldContain("symbolic link");
        (first.Output + first.Error).ShouldNotContain("top-secret");
        Directory.EnumerateFileSystemEntries(secret.Folder).ShouldHaveSingleItem();

        // Once it is there, it is refused before anything starts.
        (await project.RunAsync()).ShouldExitWith(2).Error.ShouldContain("error[FX1031]");
    }

    [Fact]
    public async Task Plugin_that_may_write_the_project_cannot_change_what_it_is_allowed()
    {
        using var project = new TestProject().Task(
            "import json\nbase = json.load(open(0))['input']['path']\nfor name in ('/pipeline.yaml', '/plugins/job/plugin.yaml', '/plugins/new'):\n    try: open(base + name, 'a'); print('WROTE ' + name)\n    except OSError: pass\nopen(base + '/ok', 'w')",
            "capabilities: { write: [\"${input.path}\"] }",
            "{ plugin: job, input: { path: . } }");
        File.AppendAllText(project.PipelineFile, "grants: { job: { write: [.] } }\n");
        (await project.RunAsync()).ShouldExitWith(0).Error.ShouldNotContain("WROTE");
        File.Exists(project.PathOf("ok")).ShouldBeTrue();
    }

    [Fact]
    public async Task Link_in_a_plugins_folder_brings_nothing_of_the_host_along()
    {
        using var project = new TestProject().Write("key", "top-secret").Task("try: print(open('notes.txt').read())\nexcept OSError: print('nothing')");
        File.CreateSymbolicLink(project.PathOf("plugins/job/notes.txt"), project.PathOf("key"));
        Directory.Move(project.PathOf("plugins/job"), project.PathOf("evil"));
        (await project.FlexCoreAsync("plugin", "add", "evil")).ShouldExitWith(0);
        var result = (await project.RunAsync()).ShouldExitWith(0);
        result.Error.ShouldContain("job: nothing");
        result.Error.ShouldNotContain("top-secret");
    }

    [Fact]
    public async Task Pipe_in_a_plugins_folder_blocks_nobody()
    {
        using var project = new TestProject().Task("pass");
        (await Command.RunAsync("/usr/bin/mkfifo", [project.PathOf("plugins/job/pipe")], "/")).ShouldExitWith(0);
        (await project.RunAsync()).ShouldExitWith(0);
    }

    [Fact]
    public async Task Events_and_logs_in_a_folder_that_was_there_before_are_closed_to_others()
    {
        using var project = new TestProject().Task("print('x')");
        Directory.CreateDirectory(project.PathOf("data"));
        (await project.RunAsync("--data", "data")).ShouldExitWith(0);
        foreach (var file in Directory.EnumerateFiles(project.PathOf("data"), "flexcore.db*").Concat(Directory.EnumerateFiles(project.PathOf("data/logs"))))
            File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite, file);
    }

    [Fact]
    public async Task Machine_that_cannot_isolate_is_refused_with_the_remedy()
    {
        Repository.RequireRoot();
        using var project = new TestProject().Sync();

        // In a mount namespace of its own, where bubblewrap is not executable.
        string[] command = ["--mount", "/bin/sh", "-c", "mount --bind /dev/null /usr/bin/bwrap && exec \"$@\"", "sh", Path.Combine(Repository.Root, ".build/cli/flexcore")];
        var result = (await Command.RunAsync("/usr/bin/unshare", [.. command, "run", "pipeline.yaml"], project.Folder)).ShouldExitWith(3);
        result.Error.ShouldContain("error[FX2010]");
        result.Error.ShouldContain("bubblewrap");
        Directory.Exists(project.PathOf("out")).ShouldBeFalse();
        (await project.EventTypesAsync()).ShouldBe(["SigningKeyAdded", "IsolationProbed", "PluginRefused", "PluginRefused"]);
        (await Command.RunAsync("/usr/bin/unshare", [.. command, "doctor"], project.Folder)).ShouldExitWith(3).Output.ShouldContain("MISSING");
    }

    private static void ShouldBeConfined(System.Text.Json.JsonElement seen)
    {
        seen.GetProperty("caps").GetString().ShouldBe("0000000000000000");
        seen.GetProperty("nnp").GetString().ShouldBe("1");
        seen.GetProperty("seccomp").GetString().ShouldBe("2");
        seen.GetProperty("core_pattern").GetString().ShouldNotBe("writable");
        seen.GetProperty("root").GetString().ShouldNotBe("writable");
        seen.GetProperty("usr").GetString().ShouldNotBe("writable");
        seen.GetProperty("host_root").GetBoolean().ShouldBeFalse();
        seen.GetProperty("net").EnumerateArray().Select(item => item.GetString()).ShouldBe(["lo"]);
        seen.GetProperty("etc").EnumerateArray().Select(item => item.GetString()).ShouldBeSubsetOf(["alternatives", "group", "hosts", "ld.so.cache", "localtime", "nsswitch.conf", "passwd", "ssl"]);
        string[] runtimeHints = ["DOTNET_GCHeapHardLimit", "GOMEMLIMIT", "JAVA_TOOL_OPTIONS", "NODE_OPTIONS", "PWD", "LC_CTYPE"];
        seen.GetProperty("env").EnumerateArray().Select(item => item.GetString()!).Except(runtimeHints)
            .ShouldBe(["FLEXCORE_ARTIFACTS", "FLEXCORE_OUTPUT", "FLEXCORE_RUN_ID", "FLEXCORE_SECRETS", "FLEXCORE_WORK", "HOME", "LANG", "PATH", "TMPDIR", "TRACEPARENT"]);
    }

    private static async Task<int> OwnerOfAsync(string path) =>
        int.Parse((await Command.RunAsync("/usr/bin/stat", ["-c", "%u", path], "/")).ShouldExitWith(0).Output);
}
