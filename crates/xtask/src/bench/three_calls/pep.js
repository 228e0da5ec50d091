// A policy enforcement point of three calls: introspection, validation of the proof, policy. For measurements only; see README.md.
//
// Licence: MIT OR Apache-2.0, as Pecan.

import fs from 'fs';

const settings = JSON.parse(fs.readFileSync('settings.json'));

async function authorize(r) {
    try {
        const refusal = await judge(r);
        if (refusal) {
            refuse(r, refusal);
        } else {
            r.internalRedirect('@fhir');
        }
    } catch (problem) {
        r.error(`${problem}`);
        refuse(r, 502);
    }
}

// The status of a refusal, or nothing.
async function judge(r) {
    const authorization = r.headersIn.Authorization || '';
    const parts = authorization.split(' ');
    const scheme = parts[0].toLowerCase();
    if (parts.length !== 2 || (scheme !== 'bearer' && scheme !== 'dpop')) {
        return 401;
    }
    const token = parts[1];
    const claims = await ask(r, '/introspect', `token=${encodeURIComponent(token)}`);
    if (claims.active !== true) {
        return 401;
    }
    if (claims.cnf) {
        const proof = r.headersIn.DPoP;
        if (scheme !== 'dpop' || !proof) {
            return 401;
        }
        const url = settings.public_url + r.uri.slice(settings.base.length);
        const question = { dpop_proof: proof, method: r.method, url, thumbprint: claims.cnf.jkt, token };
        // The status says nothing here.
        const verdict = await ask(r, '/validate', JSON.stringify(question));
        if (verdict.valid !== true) {
            return 401;
        }
    } else if (scheme !== 'bearer') {
        return 401;
    }
    const scopes = (claims.scope || '').split(' ');
    for (let i = 0; i < scopes.length; i++) {
        const policy = settings.policies[scopes[i]];
        if (policy) {
            const input = JSON.stringify({ input: facts(r, claims, scopes, scopes[i], policy) });
            const answer = await ask(r, `/v1/data/${policy}`, input);
            if (answer.result && answer.result.allow === true) {
                return 0;
            }
        }
    }
    return 403;
}

async function ask(r, location, body) {
    const answer = await r.subrequest(location, { method: 'POST', body });
    if (answer.status !== 200) {
        throw new Error(`${location}: status ${answer.status}`);
    }
    return JSON.parse(answer.responseText);
}

// What the policy sees, for the one kind of request that is measured: a resource is read.
function facts(r, claims, scopes, scope, policy) {
    const path = r.uri.slice(settings.base.length);
    const segments = path.split('/');
    const subject = Object.assign({}, claims, {
        client: { id: claims.client_id, scopes },
        organization: {
            ura: claims.organization_ura || '',
            name: claims.organization_name || '',
            city: claims.organization_city || '',
            facility_type: claims.organization_facility_type || '',
        },
        user: {
            id: claims.user_id || claims.employee_identifier || '',
            role: claims.user_role || claims.employee_role || '',
            name: claims.employee_name || '',
        },
    });
    return {
        subject,
        resource: { type: segments[1], id: segments[2], version_id: '', content: {}, consents: [] },
        action: {
            name: 'read',
            connection_type_code: 'hl7-fhir-rest',
            request: { method: r.method, protocol: 'HTTP/1.1', path, query: r.variables.args || '', header: {}, body: '' },
            fhir_rest: {
                interaction_type: 'read', operation: null, include: [], revinclude: [], capability_checked: false,
                search_params: {}, compartment: null,
                conditions: { if_match: null, if_none_match: null, if_none_exist: null }, returns_representation: false,
            },
        },
        context: {
            data_holder_organization_id: settings.holder_ura, data_holder_facility_type: '', patient_id: '', patient_bsn: '',
            route: settings.route, subject_id: settings.subject_id, scope, policy,
            time: new Date().toISOString(), stage: 'request', mitz_consent: false, certificate: { presented: false },
        },
        access: settings.access,
        lookup: {},
    };
}

function refuse(r, status) {
    if (status === 401) {
        r.headersOut['WWW-Authenticate'] = 'DPoP, Bearer';
    }
    r.return(status, '');
}

export default { authorize };
