using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;
using FsCheck;
using FsCheck.Fluent;

namespace FlexCore.Domain.Tests.Plugins;

public sealed class GrantTests
{
    private static readonly string[] Segments = ["", "/a", "/ab", "/b"];

    // Every path of up to three segments, among them names that begin with another's name.
    private static readonly string[] Paths =
    [
        .. Segments.SelectMany(first => Segments.SelectMany(second => Segments.Select(third => first + second + third)))
            .Distinct(StringComparer.Ordinal)
            .Select(path => path.Length == 0 ? "/" : path),
    ];

    [Theory]
    [InlineData("/data", "/data", true)]
    [InlineData("/data", "/data/in.csv", true)]
    [InlineData("/", "/data", true)]
    [InlineData("/", "/", true)]
    [InlineData("/data", "/data2", false)]
    [InlineData("/data/in.csv", "/data", false)]
    [InlineData("/data", "/DATA", false)]
    public void Folder_covers_itself_and_what_lies_below(string root, string path, bool covers) => Grant.Covers(root, path).ShouldBe(covers);

    [Fact]
    public void Plugin_gets_what_it_asks_when_all_of_it_is_allowed()
    {
        var asked = new Grant(["/data/in.csv"], ["/out/a"], ["TZ"], ["api:443"], ["api_key"]);

        var (effective, missing) = Grant.Decide(asked, new Grant(["/data"], ["/out"], ["TZ", "LANG"], ["db:1", "api:443"], ["api_key", "token"]), narrowed: null);

        effective.ToString().ShouldBe("read /data/in.csv, write /out/a, env TZ, net api:443, secret api_key");
        missing.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public void Asked_and_not_allowed_is_missing()
    {
        var asked = new Grant(["/data/in.csv", "/etc/ca"], ["/out"], ["TZ", "TOKEN"], ["api:443", "api:80"], ["api_key", "token"]);

        var (_, missing) = Grant.Decide(asked, new Grant(["/data", "/out"], [], ["TZ"], ["api:443"], ["api_key"]), narrowed: null);

        missing.ToString().ShouldBe("read /etc/ca, write /out, env TOKEN, net api:80, secret token");
    }

    [Fact]
    public void Folder_that_may_be_written_may_be_read() =>
        Grant.Decide(new Grant(["/out/a"], [], []), new Grant([], ["/out"], []), narrowed: null).Missing.IsEmpty.ShouldBeTrue();

    [Fact]
    public void Step_narrows_to_a_part_of_what_is_asked()
    {
        var asked = new Grant(["/data"], ["/out"], ["TZ", "LANG"], ["api:443", "db:1"], ["api_key", "token"]);

        Grant.Decide(asked, asked, new Grant(["/data/in.csv", "/etc"], [], ["LANG", "HOME"], ["db:1", "db:2"], ["token", "other"])).Effective.ToString().ShouldBe("read /data/in.csv, env LANG, net db:1, secret token");
    }

    [Fact]
    public void Narrowing_gives_exactly_what_is_in_both_for_any_grants() =>
        Check.QuickThrowOnFailure(Prop.ForAll(Grants.ToArbitrary(), Grants.ToArbitrary(), (asked, narrowed) =>
        {
            var effective = Grant.Decide(asked, asked, narrowed).Effective;

            Reach(effective.Read).ShouldBe(Reach(asked.Read).Intersect(Reach([.. narrowed.Read, .. narrowed.Write])), ignoreOrder: true);
            Reach(effective.Write).ShouldBe(Reach(asked.Write).Intersect(Reach(narrowed.Write)), ignoreOrder: true);
            effective.Env.ShouldBe(asked.Env.Intersect(narrowed.Env), ignoreOrder: true);
            effective.Net.ShouldBe(asked.Net.Intersect(narrowed.Net), ignoreOrder: true);
            effective.Secrets.ShouldBe(asked.Secrets.Intersect(narrowed.Secrets), ignoreOrder: true);
        }));

    [Fact]
    public void Missing_is_empty_only_when_everything_asked_is_within_reach_for_any_grants() =>
        Check.QuickThrowOnFailure(Prop.ForAll(Grants.ToArbitrary(), Grants.ToArbitrary(), (asked, allowed) =>
        {
            var missing = Grant.Decide(asked, allowed, narrowed: null).Missing;

            var reads = Reach([.. allowed.Read, .. allowed.Write]);
            missing.Read.ShouldBe(asked.Read.Where(path => !reads.Contains(path)));
            missing.Write.ShouldBe(asked.Write.Where(path => !Reach(allowed.Write).Contains(path)));
            missing.Env.ShouldBe(asked.Env.Except(allowed.Env));
            missing.Net.ShouldBe(asked.Net.Except(allowed.Net));
            missing.Secrets.ShouldBe(asked.Secrets.Except(allowed.Secrets));
        }));

    [Theory]
    [InlineData("/")]
    [InlineData("/proc")]
    [InlineData("/proc/1/root")]
    [InlineData("/sys/fs")]
    [InlineData("/dev/sda")]
    [InlineData("/run/flexcore/x")]
    public void Path_of_the_machine_itself_is_never_granted(string path) =>
        Grant.RefuseToGrant(path, location: null).ShouldNotBeNull().Code.ShouldBe(ErrorCodes.PathRefused);

    [Theory]
    [InlineData("/data")]
    [InlineData("/process")]
    [InlineData("/device/x")]
    [InlineData("/home/me/proc")]
    public void Path_of_the_user_may_be_granted(string path) => Grant.RefuseToGrant(path, location: null).ShouldBeNull();

    [Fact]
    public void Grant_in_words_names_everything_and_nothing_that_steers_a_terminal()
    {
        Grant.None.ToString().ShouldBe("nothing");
        new Grant(["/a\u001b[2J\n"], [], ["\u202eTZ"]).ToString().ShouldBe(@"read /a\u001b[2J\u000a, env \u202eTZ");
    }

    [Fact]
    public void Grants_that_only_read_alike_are_not_taken_for_the_same()
    {
        PluginCapabilityGranted forged = new("p", "s", new Grant(["/a, write /b"], [], []), "pipeline");
        PluginCapabilityGranted real = new("p", "s", new Grant(["/a"], ["/b"], []), "pipeline");

        forged.SaysTheSameAs(real).ShouldBeFalse();
        real.SaysTheSameAs(real with { Grant = new Grant(["/a"], ["/b"], []) }).ShouldBeTrue();
        real.SaysTheSameAs(real with { Grant = real.Grant with { Net = ["api:443"] } }).ShouldBeFalse();
        real.SaysTheSameAs(real with { Source = "command-line" }).ShouldBeFalse();
        real.SaysTheSameAs(real with { Grant = real.Grant with { Secrets = ["api_key"] } }).ShouldBeFalse();
    }

    private static Gen<Grant> Grants =>
        from read in Gen.Elements(Paths).ListOf(3)
        from write in Gen.Elements(Paths).ListOf(2)
        from env in Gen.Elements("TZ", "LANG", "TOKEN").ListOf(2)
        from net in Gen.Elements("api:443", "api:80", "db:5432").ListOf(2)
        from secrets in Gen.Elements("api_key", "token", "other").ListOf(2)
        select new Grant([.. read.Distinct()], [.. write.Distinct()], [.. env.Distinct()], [.. net.Distinct()], [.. secrets.Distinct()]);

    private static HashSet<string> Reach(IReadOnlyList<string> roots) =>
        [.. Paths.Where(path => roots.Any(root => root == "/" || root == path || path.StartsWith(root + "/", StringComparison.Ordinal)))];
}
