namespace FlexCore.Client;

/// <summary>What works on a machine, and which settings hold there.</summary>
/// <param name="Ok">Whether plugins can run there.</param>
/// <param name="Isolation">At which level they do: <c>sandbox</c>, <c>process</c>, <c>none</c>; or <c>refused</c>.</param>
/// <param name="Limits">How their limits are kept: <c>cgroup</c> or <c>rlimit</c>.</param>
/// <param name="Coordination">What keeps processes apart: <c>local</c>, <c>postgres</c> or <c>redis</c>.</param>
/// <param name="Levels">The levels of isolation, the best first.</param>
/// <param name="Checks">Each thing that was looked for.</param>
/// <param name="Settings">All settings, as they are written.</param>
public sealed record MachineDiagnosis(
    bool Ok, string Isolation, string Limits, string Coordination, IReadOnlyList<DiagnosedLevel> Levels, IReadOnlyList<DiagnosedCheck> Checks, IReadOnlyList<DiagnosedSetting> Settings);

/// <summary>A level of isolation.</summary>
/// <param name="Level"><c>sandbox</c>, <c>process</c> or <c>none</c>.</param>
/// <param name="Works">Whether it can be had.</param>
/// <param name="Accepted">Whether plugins may run at it.</param>
/// <param name="Missing">What level <c>sandbox</c> has and this one has not.</param>
public sealed record DiagnosedLevel(string Level, bool Works, bool Accepted, IReadOnlyList<string> Missing);

/// <summary>One thing that was looked for.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Ok">Whether it is there.</param>
/// <param name="Required">Whether it must be.</param>
/// <param name="Detail">What was found.</param>
/// <param name="Remedy">How to get it, when it is missing and that is known.</param>
public sealed record DiagnosedCheck(string Name, bool Ok, bool Required, string Detail, string? Remedy);

/// <summary>A setting.</summary>
/// <param name="Key">Its name with dots.</param>
/// <param name="Value">Its value; null for nothing. What may be secret is not shown.</param>
/// <param name="Source">Where it was set; null where nobody did.</param>
/// <param name="Overridden">Where it was set too, to no effect; the strongest first.</param>
/// <param name="Reloaded">Whether a running node takes over what is new; else it holds from its next start on.</param>
/// <param name="Meaning">What it does.</param>
public sealed record DiagnosedSetting(string Key, string? Value, string? Source, IReadOnlyList<string> Overridden, bool Reloaded, string Meaning);
