namespace FlexCore.EndToEnd;

/// <summary>A data directory that cannot be used is exit code 3, said plainly; what was acknowledged stays.</summary>
public sealed class StoreFaultTests
{
    [Fact]
    public async Task Read_only_data_directory_is_refused_before_anything_starts()
    {
        Repository.RequireRoot();
        using var project = new TestProject().Sync();
        await using var disk = await SmallDisk.MountAsync(project.PathOf(".flexcore"), "size=1m,ro");
        var result = (await project.RunAsync()).ShouldExitWith(3);
        result.Error.ShouldContain("error[FX3003]");
        result.Error.ShouldContain("--data DIR");
        Directory.Exists(project.PathOf("out")).ShouldBeFalse();
    }

    [Fact]
    public async Task Full_disk_of_the_data_directory_ends_the_run_and_the_next_one_goes_on()
    {
        Repository.RequireRoot();
        const string Tap =
            """
            import sys, time
            print('{"type": "SCHEMA", "stream": "s", "schema": {}, "key_properties": []}')
            for i in range(400):
                print('{"type": "RECORD", "stream": "s", "record": {"id": %d}}' % i)
                print('{"type": "STATE", "value": {"last": %d, "pad": "%s"}}' % (i, "x" * 5000), flush=True)
                time.sleep(0.003)
            """;
        using var project = new TestProject().Sync(Tap);
        await using (var disk = await SmallDisk.MountAsync(project.PathOf(".flexcore"), "size=1m"))
        {
            var full = (await project.RunAsync()).ShouldExitWith(3);
            full.Error.ShouldContain("error[FX3004]");
            await Until.TrueAsync(() => !Processes.AnyMentions(project.Folder), "no process is left");

            // Space is there again: the run that could not be finished is settled, and the data completed.
            await disk.GrowAsync("64m");
            (await project.RunAsync()).ShouldExitWith(0);
            (await project.FlexCoreAsync("runs", "list", "--json")).Json.EnumerateArray()
                .Select(run => run.GetProperty("status").GetString()).ShouldBe(["succeeded", "interrupted"]);
        }
    }

    [Fact]
    public async Task Full_disk_for_the_log_of_a_noisy_plugin_ends_the_run()
    {
        Repository.RequireRoot();
        using var project = new TestProject().Task("import sys\nfor i in range(200000): print('INFO ' + 'x' * 50, file=sys.stderr)");
        await using var disk = await SmallDisk.MountAsync(project.PathOf(".flexcore"), "size=2m");
        (await project.RunAsync("--quiet")).ShouldExitWith(3).Error.ShouldContain("error[FX3004]");
    }

    [Fact]
    public async Task Command_does_not_wait_for_ever_for_a_node_that_keeps_the_views_and_hangs()
    {
        using var project = new TestProject();
        await using var node = project.StartFlexCore("serve", "--http", "127.0.0.1:0");
        await Until.TrueAsync(() => node.ErrorSoFar.Contains("takes runs", StringComparison.Ordinal), "the node serves");
        (await project.FlexCoreAsync("runs", "list")).ShouldExitWith(0);

        await node.SignalAsync("STOP");
        (await project.FlexCoreAsync("token", "create", "ci", "--role", "viewer")).ShouldExitWith(0);
        var stuck = (await project.FlexCoreAsync("runs", "list")).ShouldExitWith(3);
        await node.SignalAsync("CONT");

        stuck.Error.ShouldContain("another process has it to keep");
        stuck.Error.ShouldContain("flexcore serve");
        (await project.FlexCoreAsync("runs", "list")).ShouldExitWith(0);
    }

    [Fact]
    public async Task File_that_is_no_event_store_is_left_as_it_is()
    {
        using var project = new TestProject().Sync().Write(".flexcore/flexcore.db", new string('x', 10_000));
        (await project.RunAsync()).ShouldExitWith(3).Error.ShouldContain("error[FX3006]");
        File.ReadAllText(project.PathOf(".flexcore/flexcore.db")).ShouldBe(new string('x', 10_000));
    }

    [Fact]
    public async Task Full_disk_of_the_target_is_the_targets_failure()
    {
        Repository.RequireRoot();
        using var project = new TestProject().Sync("for i in range(3000): print('{\"type\": \"RECORD\", \"stream\": \"s\", \"record\": {\"a\": \"%s\"}}' % ('x' * 1000))");
        await using var disk = await SmallDisk.MountAsync(project.PathOf("out"), "size=1m");
        var result = (await project.RunAsync()).ShouldExitWith(1);
        result.Error.ShouldContain("target ended with exit code 1");
        result.Error.ShouldContain("No space left on device");
    }

    private sealed class SmallDisk(string folder) : IAsyncDisposable
    {
        public static async Task<SmallDisk> MountAsync(string folder, string options)
        {
            Directory.CreateDirectory(folder);
            (await Command.RunAsync("/bin/mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder], "/")).ShouldExitWith(0);
            return new SmallDisk(folder);
        }

        public async Task GrowAsync(string size) =>
            (await Command.RunAsync("/bin/mount", ["-o", $"remount,size={size}", folder], "/")).ShouldExitWith(0);

        public async ValueTask DisposeAsync() => (await Command.RunAsync("/bin/umount", ["-l", folder], "/")).ShouldExitWith(0);
    }
}
