namespace FlexCore.EndToEnd;

/// <summary>The launcher on machines that lack something. Programs that install are stand-ins: no test changes the machine.</summary>
public sealed class LauncherTests
{
    [Fact]
    public async Task Missing_things_are_named_all_at_once_with_one_line_to_paste()
    {
        using var place = new TestProject();
        var result = (await RunAsync(place, ["sh", "find", "readlink", "dirname", "id", "sed", "cat", "mktemp", "rm", "mkdir", "flock", "uname", "tail", "touch"], "--no-install", "--version")).ShouldExitWith(3);
        result.Error.ShouldContain("bubblewrap");
        result.Error.ShouldContain("util-linux");
        result.Error.ShouldContain(".NET SDK");
        result.Error.Split('\n').ShouldContain(line => line.TrimStart().StartsWith("apt-get", StringComparison.Ordinal) || line.Contains("curl -fsSL", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Works_through_a_link_and_from_any_folder()
    {
        using var place = new TestProject();
        File.CreateSymbolicLink(place.PathOf("fc"), Repository.Launcher);
        var folder = Directory.CreateDirectory(place.PathOf("a folder")).FullName;
        (await Command.RunAsync("/bin/sh", ["-c", "../fc --version"], folder)).ShouldExitWith(0).Output.ShouldStartWith("0.1.0");
    }

    [Fact]
    public async Task Failed_build_shows_its_output_and_exits_3()
    {
        using var place = new TestProject();
        CopyLauncher(place);
        place.Write("src/FlexCore.Cli/FlexCore.Cli.csproj", "<Project Sdk=\"Microsoft.NET.Sdk\"><This is broken");
        var result = (await Command.RunAsync(place.PathOf("flexcore"), ["--version"], place.Folder)).ShouldExitWith(3);
        result.Error.ShouldContain("FlexCore.Cli.csproj");
        result.Error.ShouldContain("The build failed");
    }

    [Fact]
    public async Task Missing_SDK_is_installed_by_the_install_script_into_the_home_folder()
    {
        // The stand-in script makes a dotnet that answers like one without the right SDK: the launcher must then say so.
        using var place = new TestProject();
        CopyLauncher(place);
        place.Write("install.sh", "mkdir -p \"$HOME/.dotnet\"\necho \"$@\" >\"$HOME/arguments\"\nprintf '#!/bin/sh\\nexit 1\\n' >\"$HOME/.dotnet/dotnet\"\nchmod +x \"$HOME/.dotnet/dotnet\"\n");
        var environment = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["HOME"] = place.Folder, ["DOTNET_ROOT"] = null, ["FLEXCORE_NO_INSTALL"] = "0", ["FLEXCORE_DOTNET_INSTALL_URL"] = $"file://{place.PathOf("install.sh")}",
            ["PATH"] = Programs(place, "sh", "bash", "curl", "find", "readlink", "dirname", "id", "sed", "cat", "mktemp", "rm", "mkdir", "flock", "uname", "tail", "touch", "chmod", "bwrap", "setpriv", "env", "apt-get"),
        };
        if (Directory.Exists("/usr/share/dotnet") || Directory.Exists("/usr/lib/dotnet"))
            place.Write("eng/setup.sh", File.ReadAllText(place.PathOf("eng/setup.sh")).Replace(" /usr/share/dotnet/dotnet /usr/lib/dotnet/dotnet", "", StringComparison.Ordinal));
        var result = (await Command.RunAsync(place.PathOf("flexcore"), ["--version"], place.Folder, environment)).ShouldExitWith(3);
        result.Error.ShouldContain("Installing the .NET SDK 10.0 into");
        File.ReadAllText(place.PathOf("arguments")).ShouldContain("--channel 10.0");
        result.Error.ShouldContain("does not satisfy");
    }

    [Fact]
    public async Task Normal_user_with_a_service_manager_runs_in_a_delegated_scope_by_a_stand_in_for_systemd_run()
    {
        Repository.RequireRoot();
        using var place = new TestProject();
        CopyLauncher(place);
        place.Write("pipeline.yaml", "name: p\nsteps:\n  - { id: a, noop: {} }\n")
            .Write("bin/systemd-run", "#!/bin/sh\necho \"$@\" >\"$HOME/scope\"\nwhile [ \"$1\" != -- ]; do shift; done\nshift\nexec \"$@\"\n");
        File.SetUnixFileMode(place.PathOf("bin/systemd-run"), UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        (await Command.RunAsync("/bin/cp", ["-r", await NormalUser.CliAsync(), place.PathOf(".build/cli")], "/")).ShouldExitWith(0);
        (await Command.RunAsync("/usr/bin/touch", [place.PathOf(".build/cli/stamp")], "/")).ShouldExitWith(0);
        using var bus = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Unspecified);
        bus.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint(place.PathOf("bus")));
        await NormalUser.OwnAsync(place.Folder);

        // In a mount namespace of its own, where the machine seems to have control groups of version 2 alone.
        const string OnVersion2 = "mount -t tmpfs none /sys/fs/cgroup && echo memory >/sys/fs/cgroup/cgroup.controllers && exec setpriv \"$@\"";
        var result = await Command.RunAsync(
            "/usr/bin/unshare",
            ["--mount", "/bin/sh", "-c", OnVersion2, "sh", .. NormalUser.Setpriv, place.PathOf("flexcore"), "run", "pipeline.yaml"],
            place.Folder,
            new Dictionary<string, string?>(StringComparer.Ordinal)
            {
                ["HOME"] = place.Folder, ["XDG_RUNTIME_DIR"] = place.Folder, ["PATH"] = $"{place.PathOf("bin")}:{Environment.GetEnvironmentVariable("PATH")}",
            });
        result.ShouldExitWith(0).Output.ShouldContain("succeeded");
        File.ReadAllText(place.PathOf("scope")).ShouldStartWith("--user --scope --quiet --collect -p Delegate=yes -- ");
    }

    private static Task<CommandResult> RunAsync(TestProject place, string[] programs, params string[] arguments)
    {
        CopyLauncher(place);
        place.Write("eng/setup.sh", File.ReadAllText(place.PathOf("eng/setup.sh")).Replace(" /usr/share/dotnet/dotnet /usr/lib/dotnet/dotnet", "", StringComparison.Ordinal));
        return Command.RunAsync(place.PathOf("flexcore"), arguments, place.Folder, new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["PATH"] = Programs(place, programs), ["HOME"] = place.Folder, ["DOTNET_ROOT"] = null,
        });
    }

    /// <summary>A folder that holds links to these programs and no others.</summary>
    private static string Programs(TestProject place, params string[] names)
    {
        var folder = Directory.CreateDirectory(place.PathOf("bin")).FullName;
        foreach (var name in names)
        {
            var program = new[] { "/usr/bin", "/bin", "/usr/sbin" }.Select(directory => Path.Combine(directory, name)).FirstOrDefault(File.Exists);
            if (program is not null) File.CreateSymbolicLink(Path.Combine(folder, name), program);
        }

        return folder;
    }

    private static void CopyLauncher(TestProject place)
    {
        foreach (var file in new[] { "flexcore", "eng/setup.sh", "eng/packages", "eng/publish.props", "global.json", "Directory.Build.props", "Directory.Packages.props" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(place.PathOf(file))!);
            File.Copy(Path.Combine(Repository.Root, file), place.PathOf(file));
        }

        Directory.CreateDirectory(place.PathOf("samples/quickstart/plugins"));
        Directory.CreateDirectory(place.PathOf("src/FlexCore.Cli"));
        Directory.CreateDirectory(place.PathOf(".build"));
    }
}
