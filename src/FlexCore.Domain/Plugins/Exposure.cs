namespace FlexCore.Domain.Plugins;

/// <summary>One thing that a plugin could do harm with, or lacks as a guard.</summary>
/// <param name="Tenths">How much it weighs, in tenths of a point.</param>
/// <param name="What">What it is: a capability, a missing limit.</param>
/// <param name="Why">Why it weighs that, in words of <see cref="ExposureTable"/>.</param>
public sealed record Exposure(int Tenths, string What, string Why);

/// <summary>What a plugin is exposed to, and how bad that would be if it meant harm: the sum of the points, at most 10.0.</summary>
/// <param name="Exposures">Heaviest first.</param>
public sealed record ExposureReport(IReadOnlyList<Exposure> Exposures)
{
    private const int MostTenths = 100;

    // As `systemd-analyze security` has them, without its extremes.
    private static readonly (int Below, string Word)[] Words = [(10, "safe"), (50, "ok"), (75, "medium"), (90, "exposed"), (int.MaxValue, "unsafe")];

    /// <summary>The score in tenths of a point: 0 to 100.</summary>
    public int Tenths => (int)Math.Min(MostTenths, Exposures.Sum(exposure => (long)exposure.Tenths));

    /// <summary>The score: 0.0, nothing is granted and every limit set, to 10.0.</summary>
    public decimal Score => Tenths / 10m;

    /// <summary>The score in a word: safe, ok, medium, exposed or unsafe.</summary>
    public string Word => Array.Find(Words, word => Tenths < word.Below).Word;

    /// <summary>Looks at all that a plugin is granted and lacks.</summary>
    /// <param name="plugin">Its manifest.</param>
    /// <param name="granted">Everything that it gets somewhere.</param>
    /// <param name="pinning">Whether its files can change unnoticed.</param>
    /// <param name="host">Places of this machine that weigh more than others.</param>
    public static ExposureReport Of(PluginManifest plugin, Grant granted, PluginPinning pinning, HostPlaces host) => new(
    [
        .. granted.Read.Select(path => ExposureTable.Reading(path, host))
            .Concat(granted.Write.Select(path => ExposureTable.Writing(path, host)))
            .Concat(granted.Net.Select(ExposureTable.Connecting))
            .Concat(granted.Secrets.Select(ExposureTable.KnowingSecret))
            .Concat(granted.Env.Select(ExposureTable.KnowingVariable))
            .Concat(ExposureTable.Installing(plugin.Install))
            .Concat(ExposureTable.Lacking(plugin.Limits))
            .Concat(ExposureTable.Changing(pinning))
            .OrderByDescending(exposure => exposure.Tenths),
    ]);
}

/// <summary>Places of a machine that weigh more than others. Paths are absolute.</summary>
/// <param name="Home">The operator's home folder.</param>
/// <param name="Project">The project's folder.</param>
public sealed record HostPlaces(string Home, string Project);

/// <summary>How firmly a plugin's files are what they were when somebody looked at them.</summary>
/// <param name="IsRegistered">Whether they are a registered copy, which is refused once it was changed.</param>
/// <param name="IsWritableByAnybody">Whether any user of the machine may write them.</param>
public sealed record PluginPinning(bool IsRegistered, bool IsWritableByAnybody);
