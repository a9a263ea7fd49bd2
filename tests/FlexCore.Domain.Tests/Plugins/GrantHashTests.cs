using System.Security.Cryptography;
using System.Text;
using FlexCore.Domain.Plugins;

namespace FlexCore.Domain.Tests.Plugins;

public sealed class GrantHashTests
{
    private static readonly Grant Some = new(["/b", "/a"], ["/out"], ["TZ"], ["api:443"], ["api_key"]);

    [Fact]
    public void Hash_is_that_of_the_canonical_form()
    {
        PluginLimits limits = new() { Cpus = 0.5, Time = TimeSpan.FromHours(1), DiskBytes = 1 << 30, StdoutBytes = 5, Idle = TimeSpan.FromMilliseconds(1500) };

        GrantHash.Compute(Some, limits, "sandbox").ShouldBe(Sha256(
            """
            {"grant":{"env":["TZ"],"net":["api:443"],"read":["/a","/b"],"secrets":["api_key"],"write":["/out"]},"isolation":"sandbox","limits":{"cpus":0.5,"disk_bytes":1073741824,"grace":"00:00:05","idle":"00:00:01.5000000","line_bytes":16777216,"memory_bytes":536870912,"open_files":256,"processes":64,"stderr_bytes":8388608,"stdout_bytes":5,"time":"01:00:00","tmp_bytes":67108864}}
            """));
    }

    [Fact]
    public void Limit_that_is_not_set_is_left_out_and_text_is_escaped_as_RFC_8785_says() =>
        GrantHash.Compute(new Grant(["/\"\\\n\u001b\u007f/é😀\u2028"], [], []), new PluginLimits(), "none").ShouldBe(Sha256(
            "{\"grant\":{\"env\":[],\"net\":[],\"read\":[\"/\\\"\\\\\\n\\u001b\u007f/é😀\u2028\"],\"secrets\":[],\"write\":[]},\"isolation\":\"none\",\"limits\":{\"grace\":\"00:00:05\",\"line_bytes\":16777216,"
            + "\"memory_bytes\":536870912,\"open_files\":256,\"processes\":64,\"stderr_bytes\":8388608,\"tmp_bytes\":67108864}}"));

    [Fact]
    public void Order_of_the_lists_does_not_matter_and_is_by_bytes()
    {
        // By UTF-16 units the emoji would come first.
        Grant one = new(["/\uffee", "/😀"], [], []);
        Grant other = new(["/😀", "/\uffee"], [], []);

        GrantHash.Compute(one, new PluginLimits(), "sandbox").ShouldBe(GrantHash.Compute(other, new PluginLimits(), "sandbox"));
    }

    [Fact]
    public void Anything_else_makes_another_hash()
    {
        PluginLimits limits = new();
        string[] hashes =
        [
            GrantHash.Compute(Some, limits, "sandbox"),
            GrantHash.Compute(Some, limits, "process"),
            GrantHash.Compute(Some with { Read = Some.Write, Write = Some.Read }, limits, "sandbox"),
            GrantHash.Compute(Some with { Env = Some.Secrets, Secrets = Some.Env }, limits, "sandbox"),
            GrantHash.Compute(Some with { Read = ["/a\",\"/b"] }, limits, "sandbox"),
            GrantHash.Compute(Some, limits with { Grace = TimeSpan.FromSeconds(6) }, "sandbox"),
            GrantHash.Compute(Some, limits with { Time = limits.Grace }, "sandbox"),
            GrantHash.Compute(Some, limits with { Idle = limits.Grace }, "sandbox"),
            GrantHash.Compute(Some, limits with { Cpus = 1 }, "sandbox"),
            GrantHash.Compute(Some, limits with { MemoryBytes = 1 }, "sandbox"),
            GrantHash.Compute(Some, limits with { Processes = 1 }, "sandbox"),
            GrantHash.Compute(Some, limits with { OpenFiles = 1 }, "sandbox"),
            GrantHash.Compute(Some, limits with { TmpBytes = 1 }, "sandbox"),
            GrantHash.Compute(Some, limits with { LineBytes = 1 }, "sandbox"),
            GrantHash.Compute(Some, limits with { StderrBytes = 1 }, "sandbox"),
            GrantHash.Compute(Some, limits with { StdoutBytes = 1 }, "sandbox"),
            GrantHash.Compute(Some, limits with { DiskBytes = 1 }, "sandbox"),
        ];

        hashes.ShouldBeUnique();
        hashes.Length.ShouldBe(5 + typeof(PluginLimits).GetProperties().Length, "every limit is part of the hash");
    }

    private static string Sha256(string canonical) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)));
}
