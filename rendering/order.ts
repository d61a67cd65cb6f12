/**
 * The one order of every face: what will run, exactly; who asks; where it stands; the agent's own words; the decision.
 * A face fills in the sections, this puts them in line, so that no face can show the buttons before the facts.
 */
export const SECTIONS = ['run', 'context', 'who', 'status', 'agent_says', 'decision'] as const;
export type Section = (typeof SECTIONS)[number];

export const inOrder = <T>(sections: Record<Section, T>): T[] => SECTIONS.map((section) => sections[section]);
