namespace FlexCore.Client;

/// <summary>
/// What can be asked of FlexCore, whether it is a server (<see cref="FlexCoreClient"/>) or works in the same process. Whatever is asked fails with an exception that carries the code and the remedy.
/// Lists are asked for part by part while they are read; a limit of null is all.
/// </summary>
public partial interface IFlexCoreApi;
