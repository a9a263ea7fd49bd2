using System.Text.Json;
using System.Text.RegularExpressions;
using FlexCore.Domain.Errors;

namespace FlexCore.EndToEnd.Deployment;

/// <summary>The files of <c>deploy/</c>, held against what reads them as far as that can be had here: no container runs in these tests.</summary>
public sealed partial class DeploymentFilesTests
{
    private static readonly string Deploy = Repository.PathOf("deploy");

    [Fact]
    public async Task Containers_and_manifests_satisfy_the_schemas_of_what_reads_them()
    {
        var check = Repository.PathOf("tests", "Shared", "deploy-check");
        await NpmPackages.InstallAsync(check);

        var result = await Command.RunAsync("node", ["check.mjs", Deploy], check);

        (result.Output + result.Error).ShouldBeEmpty();
        result.ShouldExitWith(0);
    }

    [Fact]
    public async Task Unit_is_one_that_systemd_understands_and_lacks_nothing_but_its_program()
    {
        var result = await Command.RunAsync("/usr/bin/systemd-analyze", ["verify", "--man=no", "--recursive-errors=no", Path.Combine(Deploy, "systemd", "flexcore.service")], Deploy);

        (result.Output + result.Error).Trim().ShouldBe("flexcore.service: Command /opt/flexcore/flexcore is not executable: No such file or directory");
    }

    [Fact]
    public async Task Project_of_the_deployments_is_valid()
    {
        var validated = await Command.RunAsync(Repository.Launcher, ["validate", "hello.yaml"], Path.Combine(Deploy, "project"));

        validated.ShouldExitWith(0);
    }

    [Fact]
    public async Task Alerts_fire_when_they_should_and_tell_whom_they_should()
    {
        var observability = Path.Combine(Deploy, "observability");
        (await Command.RunAsync("/usr/bin/promtool", ["check", "rules", "rules/recording.yml", "rules/alerts.yml"], Path.Combine(observability, "prometheus"))).ShouldExitWith(0);
        (await Command.RunAsync("/usr/bin/promtool", ["check", "config", "--syntax-only", "prometheus.yml"], Path.Combine(observability, "prometheus"))).ShouldExitWith(0);
        (await Command.RunAsync("/usr/bin/promtool", ["test", "rules", "rules.test.yml"], Path.Combine(observability, "prometheus"))).ShouldExitWith(0);
        (await Command.RunAsync("/usr/bin/amtool", ["check-config", "alertmanager/alertmanager.yml"], observability)).ShouldExitWith(0);
        (await RouteAsync("severity=critical")).ShouldBe("on-call");
        (await RouteAsync("severity=warning")).ShouldBe("mail");

        async Task<string> RouteAsync(string label) =>
            (await Command.RunAsync("/usr/bin/amtool", ["config", "routes", "test", "--config.file=alertmanager/alertmanager.yml", label], observability)).ShouldExitWith(0).Output.Trim();
    }

    [Fact]
    public void Every_alert_has_its_part_of_the_runbooks()
    {
        var runbooks = File.ReadAllLines(Repository.PathOf("docs", "guides", "runbooks.md")).Where(line => line.StartsWith("## ", StringComparison.Ordinal)).Select(line => Anchor(line[3..])).ToHashSet(StringComparer.Ordinal);
        var named = Runbook().Matches(File.ReadAllText(Path.Combine(Deploy, "observability", "prometheus", "rules", "alerts.yml"))).Select(match => match.Groups["anchor"].Value).ToHashSet(StringComparer.Ordinal);

        named.Count.ShouldBeGreaterThan(8);
        named.ShouldBeSubsetOf(runbooks);

        static string Anchor(string heading) => heading.ToLowerInvariant().Replace(' ', '-');
    }

    [Fact]
    public void Objective_counts_the_errors_that_the_registry_counts()
    {
        var rules = File.ReadAllText(Path.Combine(Deploy, "observability", "prometheus", "rules", "recording.yml"));
        var own = Outcomes().Matches(rules).Select(match => match.Groups["expression"].Value).Distinct().ShouldHaveSingleItem();

        foreach (var code in ErrorCodes.All) Regex.IsMatch(code.Id, $"^({own})$", RegexOptions.None, TimeSpan.FromSeconds(1)).ShouldBe(code.CountsAgainstAvailability, code.Id);
    }

    [Fact]
    public void Dashboards_are_found_by_their_names_and_have_a_query_in_each_panel()
    {
        foreach (var file in Directory.GetFiles(Path.Combine(Deploy, "observability", "grafana", "dashboards"), "*.json"))
        {
            var dashboard = JsonElement.Parse(File.ReadAllText(file));
            dashboard.GetProperty("uid").GetString().ShouldBe(Path.GetFileNameWithoutExtension(file));
            dashboard.GetProperty("panels").EnumerateArray().ShouldAllBe(panel => panel.GetProperty("targets").GetArrayLength() > 0);
        }
    }

    [GeneratedRegex(@"runbooks\.md#(?<anchor>[a-z-]+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Runbook();

    [GeneratedRegex("outcome=~\"(?<expression>[^\"]+)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Outcomes();
}
