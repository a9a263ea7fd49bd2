namespace FlexCore.EventStore.History;

/// <summary>Where an event stands, by the stored tree.</summary>
internal enum Place
{
    /// <summary>Where the tree has it.</summary>
    Sealed,

    /// <summary>Where the tree has nothing: behind its end, or where it is damaged.</summary>
    Open,

    /// <summary>Where the tree has another one, which is nowhere to be found.</summary>
    Replaced,

    /// <summary>At a wrong place, as has been reported.</summary>
    Reported,
}
