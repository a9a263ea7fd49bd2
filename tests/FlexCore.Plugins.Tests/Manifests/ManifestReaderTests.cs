using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;
using FlexCore.Plugins.Manifests;

namespace FlexCore.Plugins.Tests.Manifests;

public sealed class ManifestReaderTests : IDisposable
{
    private const string Minimal = "name: mine\nversion: 1.0\nkind: tap\nprotocol: singer\ncommand: [sh]\n";

    private readonly Project _project = new();

    public void Dispose() => _project.Dispose();

    [Fact]
    public void Manifest_with_everything_in_it_is_read()
    {
        _project.Write("plugins/mine/schema.json", """{"properties":{"token":{"writeOnly":true},"url":{"writeOnly":false},"path":{}}}""");
        var manifest = _project.ReadManifest("""
            name: mine
            version: 1.20
            kind: tap
            protocol: singer
            command: [python3, -m, "tap"]
            config: schema.json
            singer: { catalog: properties, discover: false }
            capabilities: { read: ["${config.path}", /opt/ca], write: [/srv/out], env: [TZ], secrets: [api_key, report-token] }
            limits: { memory: 64MiB, processes: 2, files: 16, tmp: 1GiB, line: 64KiB, grace: 1.5s, cpu: 1.5, disk: 1GiB, stdout: 10GiB, stderr: 1MiB, time: 1h, idle: 10m }
            """).Value;

        (manifest.Name, manifest.Version, manifest.Kind, manifest.CatalogArgument, manifest.CanDiscover).ShouldBe(("mine", "1.20", PluginKind.Tap, CatalogArgument.Properties, false));
        manifest.Folder.ShouldBe(_project.PathOf("plugins/mine"));
        manifest.Command.ShouldBe(["python3", "-m", "tap"]);
        manifest.SecretFields.ShouldBe(["token"]);
        manifest.Capabilities.Read.ShouldBe(["${config.path}", "/opt/ca"]);
        manifest.Capabilities.Write.ShouldBe(["/srv/out"]);
        manifest.Capabilities.Env.ShouldBe(["TZ"]);
        manifest.Capabilities.Secrets.ShouldBe(["api_key", "report-token"]);
        manifest.Limits.ShouldBe(new PluginLimits
        {
            MemoryBytes = 64 << 20,
            Processes = 2,
            OpenFiles = 16,
            TmpBytes = 1 << 30,
            LineBytes = 64 << 10,
            Grace = TimeSpan.FromSeconds(1.5),
            Cpus = 1.5,
            DiskBytes = 1 << 30,
            StdoutBytes = 10L << 30,
            StderrBytes = 1 << 20,
            Time = TimeSpan.FromHours(1),
            Idle = TimeSpan.FromMinutes(10),
        });
    }

    [Fact]
    public void Manifest_with_only_what_is_needed_has_the_defaults_of_the_contract()
    {
        var manifest = _project.ReadManifest(Minimal).Value;

        (manifest.CatalogArgument, manifest.CanDiscover).ShouldBe((CatalogArgument.Catalog, true));
        manifest.Capabilities.Read.Concat(manifest.Capabilities.Write).Concat(manifest.Capabilities.Env).ShouldBeEmpty();
        manifest.Limits.ShouldBe(new PluginLimits
        {
            MemoryBytes = 512 << 20,
            Processes = 64,
            OpenFiles = 256,
            TmpBytes = 64 << 20,
            LineBytes = 16 << 20,
            Grace = TimeSpan.FromSeconds(5),
            StderrBytes = 8 << 20,
        });
    }

    [Fact]
    public void Every_bad_field_is_reported_at_once_and_at_its_place() =>
        _project.ReadManifest("""
            name: Not-Valid
            kind: tap
            protocol: task
            command: [no-such-program]
            config: ../../etc/passwd
            capabilities: { read: [relative/path], env: TZ, nett: [], secrets: [API_KEY, a/b, ""] }
            limits: { memory: 1MiB, processes: 0, files: 15, tmp: lots, line: 2GiB, grace: 5, cpu: 0, stdout: -1, time: soon, idle: 0s, disk: x }
            singer: { catalog: maybe, discover: perhaps }
            surprise: 1
            """).ShouldFailAt(
                "FX1014@1:7",
                "FX1011@1:1",
                "FX1012@3:11",
                "FX1022@4:10",
                "FX1023@5:9",
                "FX1012@6:24", "FX1012@6:45", "FX1010@6:49", "FX1014@6:69", "FX1014@6:78", "FX1014@6:83",
                "FX1012@7:19", "FX1012@7:36", "FX1012@7:46", "FX1012@7:55", "FX1012@7:67", "FX1012@7:80", "FX1012@7:88", "FX1012@7:99", "FX1012@7:109", "FX1012@7:121", "FX1012@7:131",
                "FX1012@8:20", "FX1012@8:37",
                "FX1010@9:1");

    [Theory]
    [InlineData("api.example.com", "has no port")]
    [InlineData("api.example.com:0", "needs a port")]
    [InlineData("*.example.com:443", "has a wildcard")]
    [InlineData("https://api.example.com", "is a URL")]
    [InlineData("[2001:db8::1]:443", "is an IPv6 address")]
    [InlineData("127.1:80", "is not the IPv4 address")]
    public void Destination_that_is_none_is_refused_at_its_place(string destination, string reason)
    {
        var error = _project.ReadManifest(Minimal + $"capabilities: {{ net: [\"db:5432\", \"{destination}\"] }}\n").Errors.ShouldHaveSingleItem();

        error.Code.ShouldBe(ErrorCodes.InvalidValue);
        error.Message.ShouldStartWith($"'net': '{destination}' {reason}");
        error.Location!.Column.ShouldBe(34);
    }

    [Fact]
    public void Install_is_a_list_of_command_lines_that_reaches_nothing()
    {
        var install = _project.ReadManifest(Minimal + "install: [\"python3 -m venv .venv && .venv/bin/pip install x\", make]\n").Value.Install!;

        install.Run.ShouldBe(["python3 -m venv .venv && .venv/bin/pip install x", "make"]);
        install.Net.ShouldBeEmpty();
        install.Limits.ShouldBe(PluginInstall.UsualLimits);
    }

    [Fact]
    public void Install_says_what_it_must_reach_and_use_up()
    {
        var install = _project.ReadManifest(Minimal + "install: { run: [make], net: [\"PyPI.org:443\", \"pypi.org:443\"], limits: { time: 1m } }\n").Value.Install!;

        install.Net.ShouldBe(["pypi.org:443"]);
        install.Limits.ShouldBe(PluginInstall.UsualLimits with { Time = TimeSpan.FromMinutes(1) });
    }

    [Theory]
    [InlineData("install: make", "FX1012@6:10")]
    [InlineData("install: []", "FX1012@6:10")]
    [InlineData("install: [make, {}]", "FX1012@6:10")]
    [InlineData("install: [\" \"]", "FX1012@6:10")]
    [InlineData("install: { net: [\"pypi.org:443\"] }", "FX1011@6:10")]
    [InlineData("install: { run: [make], net: [pypi.org] }", "FX1012@6:31")]
    [InlineData("install: { run: [make], net: [\"${config.host}:443\"] }", "FX1012@6:31")]
    [InlineData("install: { run: [make], env: [TZ] }", "FX1010@6:25")]
    [InlineData("install: { run: [make], limits: { memory: 1KiB } }", "FX1012@6:43")]
    public void Install_that_says_something_else_is_refused_at_its_place(string yaml, string place) =>
        ManifestReader.Read(Path.GetDirectoryName(_project.Write("plugins/mine/plugin.yaml", $"{Minimal}{yaml}\n"))!, "plugin.yaml").ShouldFailAt(place);

    [Fact]
    public void Command_that_the_install_makes_is_missing_only_where_the_plugin_is_used_in_place()
    {
        var folder = Path.GetDirectoryName(_project.Write("plugins/mine/plugin.yaml", Minimal.Replace("[sh]", "[.venv/bin/python3]", StringComparison.Ordinal) + "install: [make]\n"))!;

        ManifestReader.Read(folder, "plugin.yaml", PluginStage.Source).IsSuccess.ShouldBeTrue();
        ManifestReader.Read(folder, "plugin.yaml", PluginStage.Registered).Errors.ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.CommandNotExecutable);
        ManifestReader.Read(folder, "plugin.yaml").Errors.ShouldHaveSingleItem().Remedy.ShouldContain("flexcore plugin add");
    }

    [Fact]
    public void Digest_of_an_installed_copy_covers_what_was_installed()
    {
        var folder = Path.GetDirectoryName(_project.Write("plugins/mine/plugin.yaml", Minimal + "install: [make]\n"))!;
        var (source, installed) = (Digest(PluginStage.Source), Digest(PluginStage.Registered));

        foreach (var made in (string[])[".venv/lib/x.py", "__pycache__/x.pyc", "node_modules/x/index.js"])
        {
            _project.Write($"plugins/mine/{made}", "1");
            Digest(PluginStage.Source).ShouldBe(source);
            var before = installed;
            (installed = Digest(PluginStage.Registered)).ShouldNotBe(before);
        }

        string Digest(PluginStage stage) => ManifestReader.Read(folder, "plugin.yaml", stage).Value.Digest;
    }

    [Fact]
    public void Variable_that_holds_a_secret_is_never_passed_on() =>
        _project.ReadManifest(Minimal + "capabilities: { env: [TZ, FLEXCORE_SECRET_API_KEY] }\n").ShouldFailAt("FX1018@6:27");

    [Theory]
    [InlineData("target", "capabilities: { write: [\"${config.path}\"] }\nshadow: \"${config.path}\"", null)]
    [InlineData("tap", "capabilities: { write: [\"${config.path}\"] }\nshadow: \"${config.path}\"", "FX1012@7:9")]
    [InlineData("target", "capabilities: { read: [\"${config.path}\"] }\nshadow: \"${config.path}\"", "FX1012@7:9")]
    [InlineData("target", "capabilities: { write: [/data] }\nshadow: /data", "FX1012@7:9")]
    [InlineData("target", "capabilities: { write: [\"${config.path}\"] }\nshadow: path", "FX1012@7:9")]
    [InlineData("target", "capabilities: {}\nshadow: []", "FX1012@7:9")]
    public void Shadow_names_a_folder_that_the_target_writes(string kind, string more, string? place)
    {
        var read = _project.ReadManifest($"name: mine\nversion: 1\nkind: {kind}\nprotocol: singer\ncommand: [sh]\n{more}\n");

        if (place is null) read.Value.ShadowField.ShouldBe("path");
        else read.ShouldFailAt(place);
    }

    [Theory]
    [InlineData("tap", "task")]
    [InlineData("target", "task")]
    [InlineData("task", "singer")]
    [InlineData("tap", "http")]
    public void Protocol_that_does_not_fit_the_kind_is_refused(string kind, string protocol) =>
        _project.ReadManifest($"name: mine\nversion: 1\nkind: {kind}\nprotocol: {protocol}\ncommand: [sh]\n").ShouldFailAt("FX1012@4:11");

    [Theory]
    [InlineData("command: sh", "FX1012@1:10")]
    [InlineData("command: []", "FX1012@1:10")]
    [InlineData("command: ['', x]", "FX1012@1:10")]
    [InlineData("command: [[sh]]", "FX1012@1:10")]
    [InlineData("command: [./missing.sh]", "FX1022@1:10")]
    [InlineData("command: [./plain.sh]", "FX1022@1:10")]
    public void Command_that_cannot_be_executed_is_refused(string command, params string[] places)
    {
        _project.Write("plugins/mine/plain.sh", "#!/bin/sh\n");

        _project.ReadManifest(command + "\nname: mine\nversion: 1\nkind: tap\nprotocol: singer\n").ShouldFailAt(places);
    }

    [Fact]
    public void Program_in_the_plugins_folder_is_executable_once_its_mode_says_so()
    {
        File.SetUnixFileMode(_project.Write("plugins/mine/run.sh", "#!/bin/sh\n"), UnixFileMode.UserRead | UnixFileMode.UserExecute);

        _project.ReadManifest(Minimal.Replace("[sh]", "[./run.sh]", StringComparison.Ordinal)).IsSuccess.ShouldBeTrue();
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("""{"properties":{},"properties":{}}""")]
    [InlineData("""{"properties":{"\ud800":{"writeOnly":true}}}""")]
    public void Config_schema_that_is_not_JSON_is_refused(string schema)
    {
        _project.Write("plugins/mine/schema.json", schema);

        _project.ReadManifest(Minimal + "config: schema.json\n").Errors.ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.ConfigInvalid);
    }

    [Theory]
    [InlineData("missing.json")]
    [InlineData("/etc/passwd")]
    [InlineData("../tap-csv/config.schema.json")]
    public void Config_schema_outside_of_the_plugins_folder_or_missing_is_refused(string schema) =>
        _project.ReadManifest(Minimal + $"config: {schema}\n").Errors.ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.ConfigInvalid);

    [Fact]
    public void Digest_changes_with_names_and_contents_and_not_with_what_tools_leave_behind()
    {
        var before = _project.ReadManifest(Minimal).Value.Digest;

        _project.Write("plugins/mine/__pycache__/x.pyc", "1");
        _project.ReadManifest(Minimal).Value.Digest.ShouldBe(before);
        _project.Write("plugins/mine/a", "bc");
        var withFile = _project.ReadManifest(Minimal).Value.Digest;
        withFile.ShouldNotBe(before);
        File.Delete(_project.PathOf("plugins/mine/a"));
        _project.Write("plugins/mine/ab", "c");
        _project.ReadManifest(Minimal).Value.Digest.ShouldNotBe(withFile);
    }

    [Fact]
    public void Link_counts_by_where_it_points_and_is_not_followed()
    {
        Directory.CreateDirectory(_project.PathOf("plugins/mine"));
        File.CreateSymbolicLink(_project.PathOf("plugins/mine/endless"), "/dev/zero");
        File.CreateSymbolicLink(_project.PathOf("plugins/mine/loop"), ".");

        _project.ReadManifest(Minimal).IsSuccess.ShouldBeTrue();
    }

    [Fact]
    public void Socket_or_pipe_in_the_plugins_folder_is_no_part_of_it()
    {
        Directory.CreateDirectory(_project.PathOf("plugins/mine"));
        using var socket = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Unspecified);
        socket.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint(_project.PathOf("plugins/mine/s")));

        _project.ReadManifest(Minimal).IsSuccess.ShouldBeTrue();
    }

    [Fact]
    public void Manifest_that_is_missing_is_named() =>
        ManifestReader.Read(_project.PathOf("plugins"), "plugins/plugin.yaml").Errors.ShouldHaveSingleItem()
            .Message.ShouldBe("plugins/plugin.yaml cannot be read: it does not exist");
}
