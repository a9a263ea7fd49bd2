using System.Diagnostics;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;

namespace FlexCore.EndToEnd;

/// <summary>Plugins bring what they need by their <c>install</c>: real package managers, and installs that mean harm. Nothing here reaches beyond this machine.</summary>
public sealed class PluginInstallTests : IDisposable
{
    private readonly TestProject _project = new();

    public void Dispose() => _project.Dispose();

    [Fact]
    public async Task Plugin_gets_its_packages_from_the_registry_that_it_was_granted_and_runs_with_them()
    {
        await using var registry = await PackageIndex.StartAsync("greeting", "1.0", "def hello(): return 'hello from a package'");
        Source("1.0.0", "import greeting; print(greeting.hello(), __import__('sys').prefix)", install: $$"""{ run: ["python3 -m venv .venv", ".venv/bin/pip install --disable-pip-version-check --index-url http://{{registry.Address}}/simple greeting==1.0"], net: ["{{registry.Address}}"] }""", command: ".venv/bin/python3");

        var refused = (await AddAsync()).ShouldExitWith(2);
        refused.Error.ShouldContain($"error[FX1030]: the install of plugin job 1.0.0 asks for net {registry.Address}, which nobody has granted it");
        refused.Error.ShouldContain($"--net {registry.Address}");
        Copies().ShouldBeEmpty();

        var added = (await AddAsync("--net", registry.Address)).ShouldExitWith(0);
        added.Error.ShouldContain("job: Successfully installed greeting-1.0");
        (await _project.RunAsync()).ShouldExitWith(0).Error.ShouldContain($"hello from a package {Copies().ShouldHaveSingleItem()}/.venv");

        var install = (await _project.FlexCoreAsync("plugin", "show", "job", "--json")).ShouldExitWith(0).Json.GetProperty("registered").GetProperty("install");
        install.GetProperty("net").EnumerateArray().Select(item => item.GetString()).ShouldBe([registry.Address]);
        (await _project.FlexCoreAsync("plugin", "show", "job")).ShouldExitWith(0).Output.ShouldContain("    $ python3 -m venv .venv\n");
        (await _project.EventsAsync("--type", "PluginRegistered")).ShouldHaveSingleItem().GetProperty("data").GetProperty("install").GetProperty("isolation").GetString().ShouldBe("sandbox");

        // The grant was for the install, and what was installed is the plugin's.
        (await _project.EventsAsync("--type", "PluginExecutionStarted")).ShouldHaveSingleItem().GetProperty("data").GetProperty("grant").GetProperty("net").GetArrayLength().ShouldBe(0);
        File.AppendAllText(Directory.GetFiles(Copies().Single(), "greeting.py", SearchOption.AllDirectories)[0], "\nprint('not what was installed')\n");
        (await _project.RunAsync()).ShouldExitWith(2).Error.ShouldContain("error[FX2021]");
    }

    [Fact]
    public async Task Upgrade_builds_beside_and_the_version_before_goes_on_until_it_has_succeeded_and_where_it_is_asked_for()
    {
        Source("1.0.0", "import made; print(made.text)", "[\"echo \\\"text = 'one'\\\" > made.py\"]");
        (await AddAsync()).ShouldExitWith(0);
        Source("2.0.0", "import made; print(made.text)", "[\"echo broken >&2; exit 7\"]");

        var failed = (await _project.FlexCoreAsync("plugin", "upgrade", "job", "source")).ShouldExitWith(1).Error;
        failed.ShouldContain("error[FX2036]: plugin job 2.0.0 could not be installed: 'echo broken >&2; exit 7' ended with exit code 7");
        failed.ShouldMatch("It said last:\\s+broken");
        Copies().ShouldHaveSingleItem();
        (await _project.RunAsync()).ShouldExitWith(0).Error.ShouldContain("one");

        Source("2.0.0", "import made; print(made.text)", "[\"echo \\\"text = 'two'\\\" > made.py\"]");
        (await _project.FlexCoreAsync("plugin", "upgrade", "job", "source")).ShouldExitWith(0);
        (await _project.RunAsync()).ShouldExitWith(0).Error.ShouldContain("two");
        _project.Write("pipeline.yaml", "name: p\nsteps:\n  - id: old\n    task: { plugin: job@1.0.0 }\n  - id: new\n    task: { plugin: job }\n    needs: [old]\n");
        var both = (await _project.RunAsync()).ShouldExitWith(0).Error;
        both.ShouldContain("old: job: one");
        both.ShouldContain("new: job: two");
        (await _project.EventsAsync("--type", "PluginExecutionStarted")).TakeLast(2).Select(started => started.GetProperty("data").GetProperty("version").GetString()).ShouldBe(["1.0.0", "2.0.0"]);

        (await _project.FlexCoreAsync("plugin", "remove", "job@2.0.0")).ShouldExitWith(2).Error.ShouldContain("is in use");
        (await _project.FlexCoreAsync("plugin", "remove", "job@1.0.0")).ShouldExitWith(0);
        (await _project.RunAsync()).ShouldExitWith(2).Error.ShouldContain("there is no plugin 'job@1.0.0': no such version is registered here");
        (await _project.FlexCoreAsync("plugin", "remove", "job")).ShouldExitWith(0);
        Copies().ShouldBeEmpty();
    }

    [Fact]
    public async Task Run_that_began_with_a_version_goes_on_with_it_while_another_one_is_registered()
    {
        Source("1.0.0", "import made; print(made.text)", "[\"echo \\\"text = 'one'\\\" > made.py\"]");
        (await AddAsync()).ShouldExitWith(0);
        _project.Plugin("wait", "task", "import os, time\nopen('in/begun', 'w').close()\nwhile not os.path.exists('in/go'): time.sleep(0.01)".Replace("in/", _project.PathOf("in/"), StringComparison.Ordinal), $"capabilities: {{ write: [\"{_project.PathOf("in")}\"] }}");
        _project.Write("pipeline.yaml", "name: p\ngrants: { wait: { write: [./in] } }\nsteps:\n  - id: first\n    task: { plugin: wait }\n  - id: second\n    task: { plugin: job }\n    needs: [first]\n");

        await using var run = _project.StartFlexCore("run", "pipeline.yaml");
        await Until.TrueAsync(() => File.Exists(_project.PathOf("in/begun")), "the run has not begun");
        Source("2.0.0", "import made; print(made.text)", "[\"echo \\\"text = 'two'\\\" > made.py\"]");
        (await _project.FlexCoreAsync("plugin", "upgrade", "job", "source")).ShouldExitWith(0);
        _project.Write("in/go", "");

        (await run.EndAsync()).ShouldExitWith(0).Error.ShouldContain("second: job: one");
    }

    [Fact]
    public async Task Npm_installs_a_package_that_the_plugin_brings_along()
    {
        _project.Write("package/package/package.json", """{"name":"greeting","version":"1.0.0","main":"index.js"}""").Write("package/package/index.js", "module.exports = () => 'hello from npm';\n");
        Directory.CreateDirectory(_project.PathOf("source"));
        (await Command.RunAsync("/bin/tar", ["-czf", _project.PathOf("source/greeting.tgz"), "package"], _project.PathOf("package"))).ShouldExitWith(0);
        Source("1.0.0", "", "[\"npm install --no-audit --no-fund --offline ./greeting.tgz\"]", command: "node");
        _project.Write("source/plugin.py", "console.log(require('greeting')());").Write("source/package.json", """{"name":"job","version":"1.0.0"}""");

        (await AddAsync()).ShouldExitWith(0);

        (await _project.RunAsync()).ShouldExitWith(0).Error.ShouldContain("hello from npm");
    }

    [Theory]
    [InlineData("cat HOST/secret", "No such file")]
    [InlineData("cat /etc/shadow", "No such file")]
    [InlineData("cat HOST/.flexcore/flexcore.db", "No such file")]
    [InlineData("env | grep -q CANARY || exit 9", "exit code 9")]
    [InlineData("echo x > HOST/planted; exit 1", "")]
    [InlineData("echo x > ../planted; exit 1", "")]
    [InlineData("exec 3<>/dev/tcp/127.0.0.1/PORT", "Connection refused")]
    [InlineData("python3 -c \\\"import socket; socket.create_connection(('localhost', PORT), 5)\\\"", "Error")]
    [InlineData("sleep 600", "took longer than its limit of 2 s")]
    [InlineData("(sleep 600 & sleep 600 & wait)", "took longer than its limit of 2 s")]
    [InlineData("head -c 1G /dev/zero > big; sleep 600", "filled its folder beyond its limit of 16 MiB")]
    [InlineData("python3 -c \\\"x = bytearray(1 << 30)\\\"", "")]
    [InlineData("sed -i 's/1.0.0/6.6.6/' plugin.yaml", "it has changed plugin.yaml")]
    [InlineData("rm plugin.yaml; ln -s HOST/secret plugin.yaml", "it has changed plugin.yaml")]
    [InlineData("rm plugin.yaml; mkfifo plugin.yaml", "cannot create fifo")]
    [InlineData("mkdir -m 0 closed && exit 1", "")]
    public async Task Install_that_means_harm_fails_and_leaves_nothing(string line, string said)
    {
        await using var server = new WebhookServer();
        _project.Write("secret", "top-secret-canary");
        _project.Variables["CANARY"] = "top-secret-canary";
        line = line.Replace("HOST", _project.Folder, StringComparison.Ordinal).Replace("PORT", new Uri(server.Url).Port.ToString(), StringComparison.Ordinal);
        if (line.Contains("/dev/tcp", StringComparison.Ordinal)) line = $"bash -c '{line}'";
        Source("1.0.0", "print('ran')", $$"""{ run: ["{{line}}"], limits: { time: 2s, grace: 1s, disk: 16MiB, memory: 128MiB } }""");

        var result = await AddAsync();

        result.ExitCode.ShouldBe(1, result.Error);
        result.Error.ShouldContain("error[FX2036]");
        result.Error.ShouldContain(said);
        result.Error.ShouldNotContain("top-secret-canary");
        server.Requests.ShouldBeEmpty();
        Directory.GetFiles(_project.Folder, "planted", SearchOption.AllDirectories).ShouldBeEmpty();
        Copies().ShouldBeEmpty();
        (await _project.RunAsync()).ShouldExitWith(2).Error.ShouldContain("error[FX1020]");
        Processes.AnyMentions(_project.PathOf(".flexcore/plugins")).ShouldBeFalse();
    }

    [Fact]
    public async Task Install_that_was_killed_in_the_middle_leaves_nothing_that_is_taken_for_a_plugin()
    {
        Source("1.0.0", "print('ran')", "[\"touch begun; sleep 600\"]");
        await using var adding = _project.StartFlexCore("plugin", "add", "source");
        await Until.TrueAsync(() => Copies().Any(copy => File.Exists($"{copy}/begun")), "the install has not begun");
        await adding.SignalAsync("KILL");
        await adding.EndAsync();

        await Until.TrueAsync(() => !Processes.AnyMentions(_project.PathOf(".flexcore/plugins")), "the install goes on");
        (await _project.RunAsync()).ShouldExitWith(2).Error.ShouldContain("error[FX1020]");
        _project.Write("pipeline.yaml", "name: p\nsteps:\n  - id: job\n    task: { plugin: job@1.0.0 }\n");
        (await _project.RunAsync()).ShouldExitWith(2).Error.ShouldContain("error[FX1020]");

        Source("1.0.0", "print('ran')", "[\"touch made\"]");
        (await AddAsync()).ShouldExitWith(0);
        (await _project.RunAsync()).ShouldExitWith(0);
        File.Exists($"{Copies().ShouldHaveSingleItem()}/made").ShouldBeTrue("what was left has been removed");
    }

    [Fact]
    public async Task Backup_brings_an_installed_plugin_back_as_it_was()
    {
        Source("1.0.0", "print('ran in', __import__('sys').prefix)", "[\"python3 -m venv --without-pip .venv\"]", command: ".venv/bin/python3");
        (await AddAsync()).ShouldExitWith(0);

        (await _project.FlexCoreAsync("db", "backup", "backup.tar.gz")).ShouldExitWith(0);
        Directory.Move(_project.PathOf(".flexcore"), _project.PathOf("lost"));
        Directory.CreateDirectory(_project.PathOf(".flexcore"));
        Directory.Move(_project.PathOf("lost/keys"), _project.PathOf(".flexcore/keys"));
        (await _project.FlexCoreAsync("db", "restore", "backup.tar.gz")).ShouldExitWith(0);

        (await _project.RunAsync()).ShouldExitWith(0).Error.ShouldContain($"ran in {Copies().ShouldHaveSingleItem()}/.venv");
    }

    [Fact]
    public async Task Copy_that_an_earlier_version_has_made_runs_and_is_upgraded()
    {
        // As FlexCore had it before there were versions: the copy itself in the place of the plugin.
        Source("1.0.0", "print('one')", install: null);
        (await AddAsync()).ShouldExitWith(0);
        var copy = Copies().Single();
        File.Delete(_project.PathOf(".flexcore/plugins/job"));
        Directory.Move(copy, _project.PathOf(".flexcore/plugins/job"));
        Directory.Delete(_project.PathOf(".flexcore/plugins/.versions"), recursive: true);

        (await _project.RunAsync()).ShouldExitWith(0).Error.ShouldContain("one");
        Source("2.0.0", "print('two')", "[\"touch made\"]");
        (await _project.FlexCoreAsync("plugin", "upgrade", "job", "source")).ShouldExitWith(0);
        (await _project.RunAsync()).ShouldExitWith(0).Error.ShouldContain("two");
        Directory.GetFileSystemEntries(_project.PathOf(".flexcore/plugins")).Select(Path.GetFileName).Order(StringComparer.Ordinal).ShouldBe([".incoming", ".versions", "job"]);
    }

    private Task<CommandResult> AddAsync(params string[] more) => _project.FlexCoreAsync(["plugin", "add", "source", .. more]);

    /// <summary>The folders of all copies.</summary>
    private string[] Copies() => Directory.Exists(_project.PathOf(".flexcore/plugins/.versions/job")) ? Directory.GetDirectories(_project.PathOf(".flexcore/plugins/.versions/job")) : [];

    private void Source(string version, string program, string? install, string command = "python3")
    {
        _project.Write("source/plugin.py", program)
            .Write("source/plugin.yaml", $"name: job\nversion: {version}\nkind: task\nprotocol: task\ncommand: [{command}, plugin.py]\n{(install is null ? "" : $"install: {install}\n")}");
        if (!File.Exists(_project.PipelineFile)) _project.Write("pipeline.yaml", "name: p\nsteps:\n  - id: job\n    task: { plugin: job }\n");
    }

    /// <summary>An index of packages (PEP 503) with one package, served on loopback by Python.</summary>
    private sealed class PackageIndex : IAsyncDisposable
    {
        private readonly Process _server;
        private readonly string _folder;

        private PackageIndex(Process server, string folder, int port) => (_server, _folder, Address) = (server, folder, $"127.0.0.1:{port}");

        public string Address { get; }

        public static async Task<PackageIndex> StartAsync(string name, string version, string module)
        {
            var folder = Directory.CreateTempSubdirectory("flexcore-index-").FullName;
            var packages = Directory.CreateDirectory(Path.Combine(folder, "simple", name)).FullName;
            var wheel = $"{name}-{version}-py3-none-any.whl";
            using (var zip = ZipFile.Open(Path.Combine(packages, wheel), ZipArchiveMode.Create))
            {
                var info = $"{name}-{version}.dist-info";
                (string Path, string Text)[] files =
                [
                    ($"{name}.py", module + "\n"), ($"{info}/METADATA", $"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"),
                    ($"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"), ($"{info}/RECORD", $"{name}.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n"),
                ];
                foreach (var (path, text) in files)
                {
                    using var writer = new StreamWriter(zip.CreateEntry(path).Open());
                    writer.Write(text);
                }
            }

            File.WriteAllText(Path.Combine(packages, "index.html"), $"<!DOCTYPE html><a href=\"{wheel}\">{wheel}</a>");
            var port = ServerStarter.FreePort();
            var server = Process.Start(new ProcessStartInfo("/usr/bin/python3", ["-m", "http.server", "--bind", "127.0.0.1", "--directory", folder, $"{port}"]) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true })!;
            await Until.TrueAsync(() => AnswersAsync(port), "the index does not answer");
            return new PackageIndex(server, folder, port);
        }

        private static async Task<bool> AnswersAsync(int port)
        {
            using var client = new TcpClient();
            try
            {
                await client.ConnectAsync(IPAddress.Loopback, port);
                return true;
            }
            catch (SocketException)
            {
                return false;
            }
        }

        public async ValueTask DisposeAsync()
        {
            _server.Kill();
            await _server.WaitForExitAsync();
            _server.Dispose();
            Directory.Delete(_folder, recursive: true);
        }
    }
}
