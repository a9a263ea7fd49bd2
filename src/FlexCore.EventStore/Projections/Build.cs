namespace FlexCore.EventStore.Projections;

/// <summary>The tables of one version of a projection, made once or made anew.</summary>
/// <param name="Projection">The projection's name.</param>
/// <param name="Version">Its version.</param>
/// <param name="Generation">0, and one more for each rebuild.</param>
/// <param name="Views">The names of its views, with spaces between.</param>
/// <param name="Position">The last event that is in the tables.</param>
/// <param name="Epoch">The claim under which they may be written.</param>
/// <param name="IsServing">Whether the views are on these tables.</param>
/// <param name="EffectsAfter">The last event of which somebody has been told already, or never will be.</param>
internal sealed record Build(string Projection, int Version, int Generation, string Views, long Position, long Epoch, bool IsServing, long EffectsAfter)
{
    public string Suffix => Generation == 0 ? $"_v{Version}" : $"_v{Version}_{Generation}";

    public string[] ViewNames => Views.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
