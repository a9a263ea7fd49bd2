namespace FlexCore.Abuse.Runtime;

/// <summary>Nothing that comes from a plugin steers a terminal, passes for another line, or gets at the terminal itself.</summary>
public sealed class TerminalTests
{
    // Clears the screen, sets the title, goes back to the beginning of the line, begins another one, turns the text around; in 7 and in 8 bits.
    private const string Evil = @"\x1b[2J\x1b]0;pwn\x07\r\nerror[FX9001]: forged \u202e\x9b31m\u2028\x00";

    private const string EvilTask = $"""
        import json, os, sys
        evil = '{Evil}'
        print(evil)
        print(evil, file=sys.stderr)
        sys.stderr.buffer.write(b'\xff\x9b31m\x1b[31m\n')
        if 'FLEXCORE_OUTPUT' in os.environ:
            json.dump(dict([[evil, evil]]), open(os.environ['FLEXCORE_OUTPUT'], 'w'))
            open(os.environ['FLEXCORE_WORK'] + '/' + evil.replace('\x00', ''), 'w').close()
        """;

    private const string EvilTap = $$$"""
        import json, sys
        evil = '{{{Evil}}}'
        for ascii in (True, False):
            print(json.dumps({'type': 'SCHEMA', 'stream': evil, 'schema': {'title': evil}, 'key_properties': [evil]}))
            print(json.dumps({'type': 'RECORD', 'stream': evil, 'record': {evil: evil}}))
            print(json.dumps({'type': 'STATE', 'value': {evil: evil}}))
            print(json.dumps({'type': evil, 'value': evil}))
        sys.stdout.flush()
        sys.exit('ERROR ' + evil)
        """;

    [Fact]
    public async Task Control_characters_of_a_plugin_reach_no_output_of_any_command()
    {
        using var project = new TestProject();
        project.Sync(EvilTap).Plugin("job", "task", EvilTask);
        File.AppendAllText(project.PipelineFile, "\n  - id: job\n    task: { plugin: job }\n");
        var raw = await Command.RunAsync("/usr/bin/python3", [project.PathOf("plugins/job/plugin.py")], "/");
        Dangerous(raw.Output + raw.Error).ShouldNotBeEmpty();

        string[][] commands =
        [
            ["run", "pipeline.yaml"], ["run", "pipeline.yaml", "--json"], ["runs", "show", "latest"], ["runs", "logs", "latest"], ["runs", "list"],
            ["state", "get", "p"], ["plugin", "list"], ["plugin", "add", "plugins/job"], ["plugin", "show", "job"], ["events", "list"], ["events", "list", "--json"],
        ];
        foreach (var command in commands)
        {
            var result = await project.FlexCoreAsync(command);
            Dangerous(result.Output + result.Error).ShouldBeEmpty(string.Join(' ', command));
            (result.Output + result.Error).Split('\n').ShouldNotContain(line => line.StartsWith("error[FX9001]", StringComparison.Ordinal), string.Join(' ', command));
        }

        foreach (var log in Directory.EnumerateFiles(project.PathOf(".flexcore/logs"))) Dangerous(File.ReadAllText(log)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Every_line_of_a_log_names_the_plugin_that_wrote_it()
    {
        using var project = new TestProject().Task($"print('one')\n{EvilTask}");
        (await project.RunAsync()).ShouldExitWith(0);

        var lines = (await project.FlexCoreAsync("runs", "logs", "latest")).ShouldExitWith(0).Output.TrimEnd().Split('\n');

        lines.Length.ShouldBeGreaterThan(4);
        lines.ShouldAllBe(line => line.Contains(" job ", StringComparison.Ordinal) || line.Contains("job:", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Version_that_would_steer_a_terminal_is_refused()
    {
        using var project = new TestProject().Task("pass");
        project.Write("plugins/job/plugin.yaml", File.ReadAllText(project.PathOf("plugins/job/plugin.yaml")).Replace("version: 1.0.0", "version: \"1\\e[2J\\nforged\"", StringComparison.Ordinal));

        (await project.FlexCoreAsync("plugin", "add", "plugins/job")).ShouldExitWith(2).Error.ShouldContain("error[FX1012]");
    }

    /// <summary>Whoever runs in a terminal without a sandbox has it as /dev/tty, and could type into it.</summary>
    [Fact]
    public async Task Plugin_of_a_run_in_a_terminal_cannot_open_it()
    {
        const string Opens = """
            import fcntl, os, termios
            def attempt(action):
                try: action(); print('ALLOWED')
                except OSError as e: print('blocked', e.errno)
            attempt(lambda: os.open('/dev/tty', os.O_RDWR))
            for descriptor in (0, 1, 2): attempt(lambda: fcntl.ioctl(descriptor, termios.TIOCSTI, b'x'))
            """;
        using var project = new TestProject().Task(Opens);
        (await InTerminalAsync(project, $"/usr/bin/python3 {project.PathOf("plugins/job/plugin.py")}")).ShouldContain("ALLOWED");

        var output = await InTerminalAsync(project, $"{Repository.Launcher} run pipeline.yaml");

        output.ShouldContain("\u001b"); // It is one: the view is live.
        output.ShouldContain("blocked");
        output.ShouldNotContain("ALLOWED");
    }

    /// <summary>What waits to be drawn would be held in the runtime's memory, which no limit of the plugin counts.</summary>
    [Fact]
    public async Task Plugin_that_says_more_than_a_terminal_shows_is_not_waited_for_and_not_remembered()
    {
        using var project = new TestProject().Task("for i in range(50000): print('x' * 100)");

        var output = await InTerminalAsync(project, $"{Repository.Launcher} run pipeline.yaml");

        output.ShouldContain("more in the log");
        output.Split('\n').Count(line => line.Contains("xxx", StringComparison.Ordinal)).ShouldBeLessThan(50_000);
        File.ReadLines(Directory.EnumerateFiles(project.PathOf(".flexcore/logs")).Single()).Count().ShouldBe(50_000);
    }

    private static async Task<string> InTerminalAsync(TestProject project, string command) =>
        (await Command.RunAsync("/usr/bin/script", ["--quiet", "--return", "--command", command, "/dev/null"], project.Folder)).ShouldExitWith(0).Output;

    /// <summary>Characters that do something to a terminal, but for the end of a line.</summary>
    private static IEnumerable<char> Dangerous(string text) => text.Where(c => (char.IsControl(c) && c != '\n') || c is '\u2028' or '\u2029' or '\u202e').Distinct();
}
