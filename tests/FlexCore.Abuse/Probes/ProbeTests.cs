using FlexCore.Abuse.Machine;

namespace FlexCore.Abuse.Probes;

/// <summary>
/// What a plugin may try from inside of its sandbox. Each attempt is stopped there, and each is made a second time where no sandbox is, so that one which
/// fails for another reason than the sandbox cannot pass.
/// </summary>
public sealed class ProbeTests(Attacker attacker, ITestOutputHelper output) : IClassFixture<Attacker>
{
    // Made where something else than "it is stopped" is to be shown.
    private static readonly string[] Elsewhere = ["hostile", "tolerated"];

    public static async Task<IEnumerable<TheoryDataRow<string>>> Names() =>
        from probe in await Probe.ListAsync()
        where !Elsewhere.Contains(probe.Name.Split('.')[0])
        select new TheoryDataRow<string>(probe.Name);

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Sandbox_stops_what_succeeds_without_it(string name)
    {
        Repository.RequireRoot();
        var probe = await Probe.FindAsync(name);
        var (inside, outside) = (attacker.AttemptAsync(name), Control.AttemptAsync(probe));
        await Task.WhenAll(inside, outside);
        Judge(probe.Control, (await inside).ReadResult(), await outside);
    }

    private void Judge(ProbeControl control, ProbeResult inside, ProbeResult outside)
    {
        output.WriteLine($"in the sandbox: {inside}\nwithout it: {outside}");
        Assert.SkipWhen(inside.Absent is not null, $"{inside.Absent}");
        inside.Allowed.ShouldBeFalse();
        switch (control.Kind)
        {
            case "user" or "namespace":
                outside.Allowed.ShouldBeTrue($"a probe that fails without a sandbox shows nothing: {outside.Detail}");
                break;
            case "otherwise":
                inside.Detail.ShouldNotBe(control.Error);
                if (!outside.Allowed) outside.Detail.ShouldBe(control.Error);
                break;
            default:
                control.Reason.ShouldNotBeNullOrEmpty();
                break;
        }
    }
}
