using FlexCore.Application.Ports;
using FlexCore.Application.Settings;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;
using FlexCore.Plugins.Execution;
using FlexCore.Plugins.Manifests;
using FlexCore.Plugins.Pipelines;

namespace FlexCore.Abuse.Runtime;

/// <summary>What decides what plugins may do, and the folders that strangers' plugins come in.</summary>
public sealed class ProjectTests
{
    /// <summary>They decide what the next run does, and with what rights.</summary>
    [Fact]
    public async Task Plugin_that_may_write_the_project_cannot_bring_its_own_definitions()
    {
        const string Plant = """
            import json, os
            base = json.load(open(0))['input']['path']
            for name in ('flexcore.yaml', 'plugins/job/plugin.yaml', '.flexcore/plugins/job/plugin.yaml', 'pipeline.yaml', 'mine'):
                try:
                    os.makedirs(os.path.dirname(base + '/' + name), exist_ok=True)
                    with open(base + '/' + name, 'w') as planted: planted.write('name: mine')
                    print('PLANTED', name)
                except OSError as e: print('blocked', name)
            """;
        using var plugin = new TestProject().Plugin("job", "task", Plant, "capabilities: { write: [\"${input.path}\"] }");
        using var project = new TestProject().Write("pipeline.yaml", "name: p\ngrants: { job: { write: [.] } }\nsteps:\n  - id: job\n    task: { plugin: job, input: { path: . } }\n");

        // Registered elsewhere: the project has neither plugins nor settings nor data yet.
        var data = plugin.PathOf("data");
        Directory.CreateDirectory(data);
        (await project.FlexCoreAsync("plugin", "add", plugin.PathOf("plugins/job"), "--data", data)).ShouldExitWith(0);
        var run = (await project.RunAsync("--data", data)).ShouldExitWith(0);

        run.Error.Split('\n').Where(line => line.Contains("PLANTED", StringComparison.Ordinal)).ShouldHaveSingleItem().ShouldEndWith("mine");
        (await project.RunAsync("--data", data)).ShouldExitWith(0);
    }

    /// <summary>It would be read before the real one, or the link's own place be taken.</summary>
    [Fact]
    public void Folder_whose_definitions_cannot_be_protected_is_not_granted()
    {
        using var project = new TestProject().Write("flexcore.yaml", "").Write("sub/pipeline.yaml", "").Write("elsewhere/plugin.yaml", "");
        var definitions = new Definitions(project.Folder);
        Grant Write(string folder) => new([], [project.PathOf(folder)], []);

        Should.Throw<FlexCoreException>(() => definitions.Protect(project.PathOf("sub/pipeline.yaml"), Write("sub"))).Errors[0].Message.ShouldContain("flexcore.yaml could be put into");
        definitions.Protect(project.PathOf("sub/pipeline.yaml"), Write("out")).ShouldBeEmpty();
        definitions.Protect(project.PathOf("pipeline.yaml"), Write("")).ShouldBe([project.PathOf("pipeline.yaml"), project.PathOf("plugins"), project.PathOf("flexcore.yaml")]);

        Directory.Delete(project.PathOf("plugins"));
        Directory.CreateSymbolicLink(project.PathOf("plugins"), project.PathOf("elsewhere"));
        Should.Throw<FlexCoreException>(() => definitions.Protect(project.PathOf("pipeline.yaml"), Write(""))).Errors[0].Message.ShouldContain("symbolic link");
    }

    /// <summary>Each begins like what was granted, or names it, and leads somewhere else: a check of how a path begins would let it pass.</summary>
    [Theory]
    [InlineData("${input.path}", "../../../../etc", "FX1030")]
    [InlineData("${input.path}", "./granted/../../..", "FX1030")]
    [InlineData("${input.path}", "./granted/../secret", "FX1030")]
    [InlineData("${input.path}", "./granted-too", "FX1030")]
    [InlineData("${input.path}", "./granted/link", "FX1031")]
    [InlineData("${input.path}", "./granted/link/file", "FX1031")]
    [InlineData("${input.path}", "./granted/../../../../../../../proc/self/root", "FX1031")]
    [InlineData("${input.path}/../../etc", "./granted", "FX1015")]
    [InlineData("${input.path}${input.path}", "./granted", "FX1015")]
    [InlineData("${input.${input.path}}", "./granted", "FX1015")]
    [InlineData("${env.HOME}", "./granted", "FX1015")]
    [InlineData("${config.path}", "./granted", "FX1015")]
    [InlineData("/proc/../etc/../root", "./granted", "FX1030")]
    [InlineData("granted/../../secret", "./granted", "FX1012")]
    public async Task Capability_that_leads_out_of_what_was_granted_is_refused(string asked, string given, string code)
    {
        using var project = new TestProject()
            .Write("granted/file", "mine").Write("secret/file", "not mine").Write("granted-too/file", "not mine")
            .Task("pass", $"capabilities: {{ read: [\"{asked}\"] }}", $"{{ plugin: job, input: {{ path: \"{given}\" }} }}");
        File.AppendAllText(project.PipelineFile, "grants: { job: { read: [./granted] } }\n");
        File.CreateSymbolicLink(project.PathOf("granted/link"), project.PathOf("secret"));
        Path.Combine(project.Folder, given).ShouldStartWith(project.Folder);

        var data = project.PathOf(".flexcore");
        var read = await new PipelineReader(project.Folder, data, new PluginFolders(data, project.Folder, new PluginInstaller(Testing.Plugin.NewHost(), []), _ => null), (_, _) => Task.FromResult(Domain.Plugins.Plugin.Unknown), ProjectSettings.Usual, new NoSecrets(), (_, _, _) => new((Application.Ports.CatalogEntry?)null), TimeProvider.System).ReadAsync(
            new PipelineRequest(project.PipelineFile, new Dictionary<string, string>(StringComparer.Ordinal), GrantAll: false), TestContext.Current.CancellationToken);

        read.IsSuccess.ShouldBeFalse();
        read.Errors.Select(error => error.Code.Id).ShouldContain(code);
    }

    [Fact]
    public async Task Aliases_of_an_alias_are_refused_before_they_are_counted_out()
    {
        var bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + string.Concat(Enumerable.Range(1, 30).Select(level => $"a{level}: &a{level} [{string.Join(", ", Enumerable.Repeat($"*a{level - 1}", 10))}]\n"));
        using var project = new TestProject().Task("pass");
        foreach (var file in (string[])["flexcore.yaml", "plugins/job/plugin.yaml", "pipeline.yaml"])
        {
            var before = File.Exists(project.PathOf(file)) ? File.ReadAllText(project.PathOf(file)) : "";
            project.Write(file, bomb + before);
            (await project.RunAsync()).ShouldExitWith(2).Error.ShouldContain("error[FX1005]", customMessage: file);
            project.Write(file, before);
        }
    }

    [Fact]
    public async Task Pipe_in_the_place_of_a_manifest_or_schema_makes_nobody_wait()
    {
        using var project = new TestProject().Task("pass", "config: schema.json");
        (await Command.RunAsync("/usr/bin/mkfifo", [project.PathOf("plugins/job/schema.json")], "/")).ShouldExitWith(0);
        (await project.FlexCoreAsync("plugin", "add", "plugins/job")).ShouldExitWith(2).Error.ShouldContain("is not a regular file");

        File.Delete(project.PathOf("plugins/job/plugin.yaml"));
        (await Command.RunAsync("/usr/bin/mkfifo", [project.PathOf("plugins/job/plugin.yaml")], "/")).ShouldExitWith(0);
        (await project.FlexCoreAsync("validate", "pipeline.yaml")).ShouldExitWith(2).Error.ShouldContain("is not a regular file");
    }

    /// <summary>A folder cannot hold a name that leads out of it, but links can; and a tree can be deeper than a path.</summary>
    [Theory]
    [InlineData("os.symlink('/etc', 'etc')\nos.symlink('../../secret', 'secret')", 0)]
    [InlineData("for _ in range(3000):\n    os.mkdir('d' * 20)\n    os.chdir('d' * 20)", 2)]
    [InlineData("open(b'\\xff\\xfe', 'w').close()", 2)]
    public async Task Folder_that_is_added_brings_in_nothing_from_outside_and_breaks_nothing(string make, int exitCode)
    {
        using var project = new TestProject().Write("secret", "top-secret").Task("pass");
        (await Command.RunAsync("/usr/bin/python3", ["-c", $"import os\n{make}"], project.PathOf("plugins/job"))).ShouldExitWith(0);

        var result = await project.FlexCoreAsync("plugin", "add", "plugins/job");

        (await Command.RunAsync("/bin/rm", ["-rf", project.PathOf("plugins")], "/")).ShouldExitWith(0);
        result.ShouldExitWith(exitCode).Error.ShouldNotContain("FX9001");
        if (exitCode == 0) (await Command.RunAsync("/bin/grep", ["-rs", "top-secret", project.PathOf(".flexcore/plugins/job")], "/")).Output.ShouldBeEmpty();
    }

    [Fact]
    public async Task Runtime_shows_a_plugin_no_socket()
    {
        using var project = new TestProject().Task("""
            import os, stat
            for folder, folders, files in os.walk('/'):
                folders[:] = [name for name in folders if os.path.join(folder, name) not in ('/proc', '/usr')]
                for name in files:
                    path = os.path.join(folder, name)
                    if stat.S_ISSOCK(os.lstat(path).st_mode): print('SOCKET', path)
            print('looked')
            """);

        var result = (await project.RunAsync()).ShouldExitWith(0);

        result.Error.ShouldContain("looked");
        result.Error.ShouldNotContain("SOCKET");
    }

    /// <summary>They go to the program, and to nobody on the way to it.</summary>
    [Fact]
    public async Task Arguments_that_look_like_options_or_commands_are_arguments()
    {
        using var project = new TestProject().Task("import sys; print('got', sys.argv[1:])", step: "{ plugin: job, args: ['--help', '--bind', '/', '/host', '--', '--nofile=100000', '$(id)', '; id', ''] }");

        (await project.RunAsync()).ShouldExitWith(0).Error.ShouldContain("got ['--help', '--bind', '/', '/host', '--', '--nofile=100000', '$(id)', '; id', '']");
    }

    /// <summary>An operator who keeps none.</summary>
    private sealed class NoSecrets : ISecrets
    {
        public string Place => "nowhere";

        public ValueTask<Result<string>> FindAsync(string name, CancellationToken cancellationToken) => new(new Error(ErrorCodes.NotFound, $"there is no secret '{name}'"));

        public ValueTask<IReadOnlyList<SecretEntry>> ListAsync(CancellationToken cancellationToken) => new([]);
    }
}
