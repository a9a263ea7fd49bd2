using System.Text;
using System.Text.Json;

namespace FlexCore.Sandbox.Tests;

public sealed class SandboxIsolationTests
{
    [Fact]
    public async Task Host_uid_is_never_root_and_kernel_settings_cannot_be_written()
    {
        await using var host = Plugin.NewHost();
        await using var process = await host.StartAsync(
            Plugin.Python("""
                import os, sys
                print('ready', flush=True)
                sys.stdin.read()
                for path in ('/proc/sys/kernel/core_pattern', '/proc/sys/vm/drop_caches', '/proc/sysrq-trigger'):
                    try: os.close(os.open(path, os.O_WRONLY)); print('opened', path)
                    except OSError: pass
                """),
            TestContext.Current.CancellationToken);
        await Plugin.ReadLineAsync(process.Output);
        var status = await File.ReadAllLinesAsync($"/proc/{await process.InitPid}/status", TestContext.Current.CancellationToken);
        process.Input.Complete();

        var uid = status.Single(line => line.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t')[1];
        uid.ShouldNotBe("0");
        if (Environment.IsPrivilegedProcess)
        {
            uid.ShouldBe($"{process.HostUid}");
            process.HostUid!.Value.ShouldBeGreaterThanOrEqualTo(200_000);
        }

        (await Plugin.ReadToEndAsync(process.Output)).ShouldBeEmpty();
        (await process.EndAsync()).ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task Descriptors_that_the_runtime_inherited_are_not_inside()
    {
        // An inheritable descriptor, such as one that the runtime was itself started with.
        using var pipe = new System.IO.Pipes.AnonymousPipeServerStream(System.IO.Pipes.PipeDirection.Out, HandleInheritability.Inheritable);
        await using var host = Plugin.NewHost();

        var output = await host.OutputAsync(Plugin.Python("import os; print([n for n in os.listdir('/proc/self/fd') if os.path.exists('/proc/self/fd/' + n)])") with
        {
            Files = [new SandboxFile("/run/flexcore/config.json", "{}"u8.ToArray())],
        });

        output.ShouldBe("['0', '1', '2']\n");
    }

    [Fact]
    public async Task System_calls_that_namespaces_do_not_confine_are_refused()
    {
        await using var host = Plugin.NewHost();

        var output = await host.OutputAsync(Plugin.Python("""
            import ctypes, errno, json, os, platform, socket
            libc = ctypes.CDLL(None, use_errno=True)
            arm = platform.machine() == 'aarch64'
            def call(x64, arm64, *args):
                ctypes.set_errno(0)
                libc.syscall(ctypes.c_long(arm64 if arm else x64), *[ctypes.c_ulong(a) for a in args])
                return errno.errorcode.get(ctypes.get_errno(), 'allowed')
            def family(*args):
                try: socket.socket(*args).close(); return 'allowed'
                except OSError as e: return errno.errorcode[e.errno]
            master, slave = os.openpty()
            print(json.dumps({
                'ptrace': call(101, 117, 0, 0, 0, 0),
                'keyctl': call(250, 219, 0, -3 & 0xffffffff, 0),
                'add_key': call(248, 217, 0, 0, 0, 0, 0),
                'io_uring_setup': call(425, 425, 1, 0),
                'unshare': call(272, 97, 0x10000000),
                'clone3': call(435, 435, 0, 0),
                'tiocsti': call(16, 29, slave, 0x5412, 0),
                'tiocsti with high bits': call(16, 29, slave, 0x100005412, 0),
                'unknown': call(999, 999),
                'vsock': family(40, socket.SOCK_STREAM, 0),
                'alg': family(38, socket.SOCK_SEQPACKET, 0),
                'packet': family(17, socket.SOCK_RAW, 0),
                'audit': family(16, socket.SOCK_RAW, 9),
                'raw': family(socket.AF_INET, socket.SOCK_RAW, 1),
                'route': family(16, socket.SOCK_RAW, 0),
                'inet': family(socket.AF_INET, socket.SOCK_STREAM, 0),
                'unix': family(socket.AF_UNIX, socket.SOCK_STREAM, 0),
            }))
            """));

        JsonSerializer.Deserialize<Dictionary<string, string>>(output).ShouldBe(new Dictionary<string, string>
        {
            ["ptrace"] = "EPERM",
            ["keyctl"] = "EPERM",
            ["add_key"] = "EPERM",
            ["io_uring_setup"] = "ENOSYS",
            ["unshare"] = "EPERM",
            ["clone3"] = "ENOSYS",
            ["tiocsti"] = "EPERM",
            ["tiocsti with high bits"] = "EPERM",
            ["unknown"] = "ENOSYS",
            ["vsock"] = "EAFNOSUPPORT",
            ["alg"] = "EAFNOSUPPORT",
            ["packet"] = "EAFNOSUPPORT",
            ["audit"] = "EAFNOSUPPORT",
            ["raw"] = "EPERM",
            ["route"] = "allowed",
            ["inet"] = "allowed",
            ["unix"] = "allowed",
        }, ignoreOrder: true);
    }

    [Fact]
    public async Task File_system_is_minimal_read_only_and_of_limited_size()
    {
        await using var host = Plugin.NewHost();

        var output = await host.OutputAsync(Plugin.Python("""
            import errno, os
            for path in ('/x', '/etc/x', '/dev/x', '/usr/x', '/run/x', '/run/flexcore/x'):
                try: os.close(os.open(path, os.O_CREAT | os.O_WRONLY)); print('wrote', path)
                except OSError as e: assert e.errno in (errno.EROFS, errno.EACCES, errno.ENOENT), (path, e)
            for path in ('/tmp', '/home/plugin', '/dev/shm'):
                size = os.statvfs(path)
                print(path, size.f_blocks * size.f_frsize)
            try: open('/tmp/big', 'wb').write(bytes(9 << 20)); print('filled')
            except OSError as e: print(errno.errorcode[e.errno])
            print(sorted(os.listdir('/')))
            """) with
        { Limits = new SandboxLimits { TmpBytes = 8 << 20 } });

        var lines = output.Split('\n');
        lines[..4].ShouldBe(["/tmp 8388608", "/home/plugin 8388608", "/dev/shm 8388608", "ENOSPC"]);
        lines[4].ShouldNotContain("root");
        lines[4].ShouldNotContain("var");
        lines[4].ShouldNotContain("srv");
    }

    [Fact]
    public async Task Namespaces_are_all_its_own()
    {
        await using var host = Plugin.NewHost();
        string[] names = ["user", "mnt", "pid", "net", "ipc", "uts", "cgroup"];

        var output = await host.OutputAsync(Plugin.Shell($"readlink {string.Join(' ', names.Select(n => $"/proc/self/ns/{n}"))}; hostname; ls /sys/class/net 2>/dev/null; cat /proc/net/dev"));

        var lines = output.Split('\n');
        for (var i = 0; i < names.Length; i++)
        {
            lines[i].ShouldStartWith($"{names[i]}:[");
            lines[i].ShouldNotBe(new FileInfo($"/proc/self/ns/{names[i]}").LinkTarget);
        }

        lines[names.Length].ShouldBe("plugin");
        lines.Where(line => line.Contains(':', StringComparison.Ordinal)).Skip(names.Length).ShouldAllBe(line => line.TrimStart().StartsWith("lo:"));
    }

    [Fact]
    public async Task Environment_holds_the_fixed_variables_the_memory_hints_and_what_was_given()
    {
        await using var host = Plugin.NewHost();

        var output = await host.OutputAsync(Plugin.Python("import json, os; print(json.dumps(dict(os.environ)))") with
        {
            Environment = new Dictionary<string, string> { ["TZ"] = "Europe/Berlin", ["GOMEMLIMIT"] = "1" },
            Limits = new SandboxLimits { MemoryBytes = 256 << 20 },
        });

        var environment = JsonSerializer.Deserialize<Dictionary<string, string>>(output)!;
        environment.Remove("PWD");
        environment.Remove("LC_CTYPE"); // Python's own.
        environment.ShouldBe(new Dictionary<string, string>
        {
            ["PATH"] = "/usr/bin:/bin",
            ["HOME"] = "/home/plugin",
            ["TMPDIR"] = "/tmp",
            ["LANG"] = "C.UTF-8",
            ["TZ"] = "Europe/Berlin",
            ["DOTNET_GCHeapHardLimit"] = "0xC000000",
            ["NODE_OPTIONS"] = "--max-old-space-size=192",
            ["GOMEMLIMIT"] = "1",
        }, ignoreOrder: true);
    }

    [Fact]
    public async Task Private_file_is_read_inside_and_seen_nowhere_else()
    {
        const string Secret = "correct-horse-battery-staple-4711";
        await using var host = Plugin.NewHost();
        await using var process = await host.StartAsync(
            Plugin.Python("import os, sys; print(oct(os.stat('/run/secrets/key').st_mode), open('/run/secrets/key').read(), flush=True); sys.stdin.read()") with
            {
                Files = [new SandboxFile("/run/secrets/key", Encoding.UTF8.GetBytes(Secret))],
                Environment = new Dictionary<string, string> { ["VISIBLE"] = "visible-4711" },
            },
            TestContext.Current.CancellationToken);
        (await Plugin.ReadLineAsync(process.Output)).ShouldBe($"0o100400 {Secret}");

        foreach (var folder in Directory.EnumerateDirectories("/proc").Where(path => char.IsAsciiDigit(Path.GetFileName(path)[0])))
        {
            foreach (var file in (string[])["cmdline", "environ"])
            {
                Limits.ProcFile.Read($"{folder}/{file}").ShouldNotContain(Secret, Case.Sensitive, folder);
            }

            Limits.ProcFile.Read($"{folder}/cmdline").ShouldNotContain("visible-4711", Case.Sensitive, folder);
        }
    }

    [Fact]
    public async Task Private_file_outside_of_run_is_refused()
    {
        await using var host = Plugin.NewHost();
        var spec = Plugin.Shell("true") with { Files = [new SandboxFile("/run/../usr/x", new byte[1])] };

        await Should.ThrowAsync<ArgumentException>(async () => await host.StartAsync(spec));
    }

    [Fact]
    public async Task Specification_that_cannot_be_passed_on_as_it_is_written_is_refused()
    {
        await using var host = Plugin.NewHost();
        var valid = Plugin.Shell("true");
        SandboxSpec[] invalid =
        [
            valid with { Command = [] },
            valid with { Command = ["sh", "-c", "true\0; false"] },
            valid with { Environment = new Dictionary<string, string> { ["A"] = "x\0y" } },
            valid with { Limits = new SandboxLimits { TmpBytes = 0 } },
            valid with { Limits = new SandboxLimits { MemoryBytes = -1 } },
        ];

        foreach (var spec in invalid)
        {
            await Should.ThrowAsync<ArgumentException>(async () => await host.StartAsync(spec));
        }
    }
}
